#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/session.hpp"

namespace aigw::cli {

Run define_config_export(Arguments&) {
  return [](Session& session) -> Result<int> {
    AIGW_TRY_ASSIGN(const json::Dom reply, session.ask_json("GET", "/api/v1/config/export"));
    session.out().data(text_of(reply, "toml"));
    return kOk;
  };
}

}  // namespace aigw::cli
