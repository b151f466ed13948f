// What HBase calls the types of cells.
#pragma once

#include <string_view>

#include "agent/core/cell.h"

namespace twinwatch {

constexpr std::string_view ToString(CellType type) {
  switch (type) {
    case CellType::kPut:
      return "Put";
    case CellType::kDelete:
      return "Delete";
    case CellType::kDeleteColumn:
      return "DeleteColumn";
    case CellType::kDeleteFamily:
      return "DeleteFamily";
    case CellType::kDeleteFamilyVersion:
      return "DeleteFamilyVersion";
  }
  return "";
}

}  // namespace twinwatch
