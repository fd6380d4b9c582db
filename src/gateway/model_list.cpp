#include "gateway/model_list.hpp"

#include "llm/model_pages.hpp"
#include "policy/models.hpp"
#include "policy/route.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <span>
#include <vector>

namespace aigw::gateway {
namespace {

/// Some endpoint of it needs no key, or has one.
bool can_serve(const policy::Provider& provider, llm::Dialect dialect, bool translates) {
  return std::ranges::any_of(provider.endpoints, [&](const policy::ProviderEndpoint& endpoint) {
    return (translates || endpoint.dialect == dialect) && (endpoint.auth == llm::Auth::none || !provider.key.empty());
  });
}

/// Views of models, and the names that were made for them.
class Models {
 public:
  Models(const Gateway& gateway, const policy::Snapshot& snapshot, llm::Dialect dialect) : snapshot_(snapshot) {
    const bool translates = !gateway.codecs->translators.empty();
    for (const policy::Provider& provider : snapshot.providers) {
      if (!can_serve(provider, dialect, translates)) continue;
      for (const std::string_view id : policy::models_of(snapshot, provider)) add(provider, id);
    }
    std::ranges::stable_sort(views_, {}, &llm::ModelView::id);
    using Others = policy::Wanted::Others;
    qualify({.dialect = dialect, .others = translates ? Others::translated : Others::refused});
  }

  std::span<const llm::ModelView> views() const { return views_; }

 private:
  void add(const policy::Provider& provider, std::string_view id) {
    llm::ModelView view{.id = id, .owner = provider.name};
    if (const llm::ModelFact* fact = policy::fact_of(snapshot_, provider, id)) {
      view.context_tokens_max = fact->context_tokens_max;
      view.output_tokens_max = fact->output_tokens_max;
      view.capabilities = fact->capabilities;
    }
    if (const auto price = snapshot_.price(provider, id)) {
      view.input_pico_usd = price->input.value;
      view.output_pico_usd = price->output.value;
    }
    views_.push_back(view);
  }

  /// A name that several providers have is listed with each provider's in front, and plain where it finds its way.
  void qualify(policy::Wanted wanted) {
    std::vector<llm::ModelView> named;
    for (auto at = views_.begin(); at != views_.end();) {
      const auto end = std::find_if(at, views_.end(), [&](const llm::ModelView& view) { return view.id != at->id; });
      if (end - at == 1) {
        named.push_back(*at);
      } else {
        const auto target = policy::route(snapshot_, wanted, at->id);
        for (auto one = at; one != end; ++one) {
          if (target && target->provider->name == one->owner) named.push_back(*one);
          llm::ModelView& view = named.emplace_back(*one);
          view.id = texts_.emplace_back(std::string(one->owner) + "/" + std::string(one->id));
        }
      }
      at = end;
    }
    views_ = std::move(named);
    std::ranges::sort(views_, {}, &llm::ModelView::id);
  }

  const policy::Snapshot& snapshot_;
  std::vector<llm::ModelView> views_;
  std::deque<std::string> texts_;
};

std::string encode_page(const llm::ModelPages& pages, std::span<const llm::ModelView> models,
                        const llm::ModelPage& page) {
  using More = llm::ModelPages::More;
  const auto begin =
      page.after.empty() ? models.begin() : std::ranges::upper_bound(models, page.after, {}, &llm::ModelView::id);
  const auto end =
      page.before.empty() ? models.end() : std::ranges::lower_bound(models, page.before, {}, &llm::ModelView::id);
  if (begin >= end) return pages.encode_page({}, More::no);
  std::span<const llm::ModelView> asked(begin, end);
  const More more = asked.size() > page.limit ? More::yes : More::no;
  const std::size_t count = std::min(asked.size(), page.limit);
  asked = page.before.empty() ? asked.first(count) : asked.last(count);
  return pages.encode_page(asked, more);
}

constexpr std::size_t kQueryBytesKept = 256;

struct Kept {
  std::uint64_t snapshot = 0;
  const llm::Codec* codec = nullptr;
  std::string query;
  std::string body;
};

}  // namespace

Result<std::string> list_models(const Gateway& gateway, const policy::Snapshot& snapshot, const llm::Codec& codec,
                                std::string_view query) {
  thread_local std::array<Kept, llm::kDialects.size() + 1> all_kept;
  Kept& kept = all_kept[static_cast<std::size_t>(codec.dialect())];
  if (kept.snapshot == snapshot.serial && kept.codec == &codec && kept.query == query) return kept.body;
  const auto* pages = dynamic_cast<const llm::ModelPages*>(&codec);
  llm::ModelPage page;
  if (pages) {
    AIGW_TRY_ASSIGN(page, pages->read_page(query));
  }
  const Models models(gateway, snapshot, codec.dialect());
  std::string body = pages ? encode_page(*pages, models.views(), page) : codec.encode_models(models.views());
  if (query.size() <= kQueryBytesKept) kept = {snapshot.serial, &codec, std::string(query), body};
  return body;
}

Result<std::string> show_model(const Gateway& gateway, const policy::Snapshot& snapshot, const llm::Codec& codec,
                               std::string_view id) {
  const Models models(gateway, snapshot, codec.dialect());
  const auto named = [&](const llm::ModelView& view) {
    return view.id == id || (id.size() == view.owner.size() + 1 + view.id.size() && id.starts_with(view.owner) &&
                             id[view.owner.size()] == '/' && id.ends_with(view.id));
  };
  const auto found = std::ranges::find_if(models.views(), named);
  if (found != models.views().end()) return codec.encode_model(*found);
  Error error = make_error(ErrorKind::model_not_found, "no configured provider lists this model", "See GET /v1/models");
  error.param = "model";
  return error;
}

}  // namespace aigw::gateway
