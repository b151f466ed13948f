// Cells of one row as a record of HBase's Export: the key is the row as an ImmutableBytesWritable,
// the value a protobuf Result behind its length, as HBase's ResultSerialization writes it, byte by
// byte.
//
// HBase's names and numbers: Result { repeated Cell cell = 1; bool stale = 4; bool partial = 5; },
// Cell { row = 1; family = 2; qualifier = 3; timestamp = 4; cell_type = 5; value = 6; tags = 7; }.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/cell.h"
#include "agent/core/status.h"

namespace twinwatch::export_form {

inline constexpr std::string_view kKeyClass = "org.apache.hadoop.hbase.io.ImmutableBytesWritable";
inline constexpr std::string_view kValueClass = "org.apache.hadoop.hbase.client.Result";

// kInvalidArgument for a cell that no HBase holds: no row or family or too long ones, a type that
// is none, a timestamp that is none, or the one for which a server puts in its own time.
Status CheckCell(const CellView& cell);

// The cell as a field of a Result, with its own TTL as a tag.
void AppendCell(const CellView& cell, std::optional<uint64_t> ttl_ms, std::string* cells);

std::string RecordKey(std::string_view row);

// A Result is this, the cells, and kResultEnd.
std::string ResultBegin(size_t cells_size);
// Neither stale nor partial, as Export has it of a whole row. Import does not look.
inline constexpr std::string_view kResultEnd("\x20\x00\x28\x00", 4);

}  // namespace twinwatch::export_form
