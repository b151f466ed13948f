// What a verification was asked for, as text that the ledger keeps: a later process goes on with
// exactly that.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/app/verify_plan.h"

namespace twinwatch::app {

// Equal requests have equal texts. Tables are not in it, nor what may change on the way: rate,
// streams, how many findings are kept, when a checkpoint is due.
std::string ToText(const VerifyRequest& request);

// Beside the request: who began the run, and what was compared.
struct RunNote {
  std::string by;                                            // the link's name
  std::string peer;                                          // empty: none
  std::map<std::string, std::vector<std::string>> families;  // by table

  // None when the table was not planned.
  std::optional<std::vector<std::string>> FamiliesOf(const std::string& table) const;
};

std::string WithNote(const std::string& request_text, const RunNote& note);
// Empty for a text without one.
RunNote NoteOf(std::string_view text);

// Whether the request of a text with a note is this one.
bool IsOfRequest(std::string_view text, const VerifyRequest& request);

// kDataLoss for what ToText has not written.
StatusOr<VerifyRequest> RequestOf(std::string_view text);

}  // namespace twinwatch::app
