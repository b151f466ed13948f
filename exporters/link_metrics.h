// What is known of one link, as metrics.
#pragma once

#include "exporters/metric_writer.h"
#include "exporters/snapshot.h"

namespace twinwatch {

// Peer, queues, heartbeats, watermark.
void AddLinkMetrics(const LinkSnapshot& link, MetricWriter* writer);

// Repairs of the link, as its jobs (of all links) and totals say.
void AddRepairMetrics(const LinkSnapshot& link, const std::vector<Job>& jobs, MetricWriter* writer);

// Verification and drift. Of more than `table_limit` tables those that drift most, and then those
// that were compared longest ago, have series of their own.
void AddVerifyMetrics(const LinkSnapshot& link, size_t table_limit, MetricWriter* writer);

}  // namespace twinwatch
