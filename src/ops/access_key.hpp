#pragma once
// Access keys of Amazon's, in the forms in which people have them. Pure.

#include "base/error.hpp"
#include "base/secret.hpp"

namespace aigw::ops {

/// As it is stored: "ID:SECRET" or "ID:SECRET:SESSION_TOKEN", from that, or from the JSON that `aws sts` and
/// `aws configure export-credentials` print. A Bedrock API key stays as it is.
/// @errors bad_request: a part is missing
Result<Secret> as_access_key(const Secret& said);

}  // namespace aigw::ops
