#include "exporters/lag_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/core/utc.h"
#include "exporters/json_values.h"
#include "exporters/text_format.h"

namespace twinwatch {
namespace {

using Json = nlohmann::ordered_json;

double Seconds(absl::Duration time) {
  return static_cast<double>(absl::ToInt64Milliseconds(time)) / 1000;
}

// Why the lag is what it is; empty when there is nothing to say.
std::string Reason(const LagView& link) {
  if (!link.held_by) return link.why.value_or("");
  return fmt::format("held by {}{}", HostPort(*link.held_by),
                     link.why && !link.why->empty() ? ": " + *link.why : "");
}

// The link that is furthest from what was asked for: unknown, then not reached, then the oldest.
const LagView& Worst(const std::vector<LagView>& links) {
  return *std::min_element(links.begin(), links.end(), [](const LagView& a, const LagView& b) {
    const auto rank = [](const LagView& link) {
      return std::pair(link.reached.value_or(true), link.watermark.value_or(absl::InfinitePast()));
    };
    return rank(a) < rank(b);
  });
}

}  // namespace

std::optional<absl::Duration> LagView::Lag() const {
  if (!watermark || *watermark > at + absl::Seconds(1)) return std::nullopt;
  return std::max(at - *watermark, absl::ZeroDuration());
}

std::string LagDocument(const std::vector<LagView>& links) {
  Json array = Json::array();
  for (const LagView& link : links) {
    const std::optional<absl::Duration> lag = link.Lag();
    array.push_back({{"link", link.link},
                     {"lag_seconds", lag ? Json(Seconds(*lag)) : Json(nullptr)},
                     {"watermark", TimeOrNull(link.watermark)},
                     {"reached", OrNull(link.reached)},
                     {"held_by", OrNull(link.held_by)},
                     {"why", OrNull(link.why)}});
  }
  const Json json = {
      {"schema_version", kSchemaVersion}, {"command", "lag"}, {"links", std::move(array)}};
  return Dumped(json);
}

std::string LagText(const std::vector<LagView>& links, bool colour) {
  TextTable table;
  table.AddColumn("LINK", TextTable::Align::kLeft);
  table.AddColumn("LAG", TextTable::Align::kRight);
  table.AddColumn("ON THE TARGET UNTIL", TextTable::Align::kLeft);
  std::string notes;
  for (const LagView& link : links) {
    const std::optional<absl::Duration> lag = link.Lag();
    table.AddRow({link.link, lag ? HumanDuration(*lag) : "unknown",
                  link.watermark ? ToRfc3339(*link.watermark) : "-"});
    if (const std::string reason = Reason(link); !reason.empty())
      notes += Wrapped(fmt::format("{}: {}", link.link, reason)) + "\n";
  }
  const LagView& worst = Worst(links);
  const std::optional<absl::Duration> lag = worst.Lag();
  std::string verdict =
      lag ? fmt::format("LAG: {}", HumanDuration(*lag)) : "UNKNOWN: " + worst.link;
  Colour of_verdict = lag ? Colour::kGreen : Colour::kYellow;
  if (worst.reached && *worst.reached)
    verdict = "REACHED" + (lag ? ": lag " + HumanDuration(*lag) : "");
  if (worst.reached && !*worst.reached && lag) {
    verdict = fmt::format("NOT REACHED: lag {}", HumanDuration(*lag));
    of_verdict = Colour::kRed;
  }
  return table.ToString() + "\n" + notes + Coloured(verdict, of_verdict, colour) + "\n";
}

NagiosAnswer LagNagios(const std::vector<LagView>& links, NagiosState when_not_reached) {
  if (links.empty()) return ToNagios(NagiosState::kUnknown, "no link could be read");
  const LagView& worst = Worst(links);
  const std::optional<absl::Duration> lag = worst.Lag();
  if (!lag) {
    const std::string reason = Reason(worst);
    return ToNagios(NagiosState::kUnknown, fmt::format("{}: the lag is not known{}{}", worst.link,
                                                       reason.empty() ? "" : ": ", reason));
  }
  return ToNagios(worst.reached.value_or(true) ? NagiosState::kOk : when_not_reached,
                  fmt::format("{} is {} behind", worst.link, HumanDuration(*lag)),
                  fmt::format("lag_seconds={:.3f}", Seconds(*lag)));
}

}  // namespace twinwatch
