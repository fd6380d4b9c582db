#include "adapters/providers.hpp"

#include <algorithm>
#include <array>

namespace aigw::adapters {
namespace {

using llm::Auth;
using llm::Endpoint;
using llm::Hosting;
using llm::ProviderSpec;
using enum llm::Dialect;
using Place = ProviderSpec::Place;
using Q = llm::Quirks;

// To add a provider: one array of the dialects that it speaks (first the one that requests of other dialects are
// translated to), one row below, and one fixture under tests/golden. Base URLs and variables as the vendors' references
// gave them on 2026-11-23. A quirk stands with the vendor's own error text in llm/quirks.hpp.

constexpr std::array kAnthropic = {Endpoint{anthropic_messages, "https://api.anthropic.com", Auth::x_api_key}};
constexpr std::array kAzure = {
    Endpoint{openai_responses, "", Auth::api_key, Q::max_completion_tokens | Q::developer_role},
    Endpoint{openai_chat, "", Auth::api_key, Q::max_completion_tokens | Q::developer_role},
};
constexpr std::array<std::string_view, 2> kModelAndStream = {"model", "stream"};
// Amazon's page on Claude's parameters and users' reports, 2026-11-26; any other: "invalid beta flag".
constexpr std::array<std::string_view, 12> kBetasOnBedrock = {"compact-2026-01-12",
                                                              "computer-use-2024-10-22",
                                                              "computer-use-2025-01-24",
                                                              "computer-use-2025-11-24",
                                                              "context-1m-2025-08-07",
                                                              "context-management-2025-06-27",
                                                              "dev-full-thinking-2025-05-14",
                                                              "effort-2025-11-24",
                                                              "interleaved-thinking-2025-05-14",
                                                              "output-128k-2025-02-19",
                                                              "token-efficient-tools-2025-02-19",
                                                              "tool-search-tool-2025-10-19"};
constexpr Hosting kClaudeOnBedrock{.whole = "/model/*/invoke",
                                   .streamed = "/model/*/invoke-with-response-stream",
                                   .probe = "/async-invoke?maxResults=1",
                                   .said_by_path = kModelAndStream,
                                   .anthropic_version = "bedrock-2023-05-31",
                                   .betas = kBetasOnBedrock};
constexpr Hosting kChatOnBedrock{.whole = "/openai/v1/chat/completions", .streamed = "/openai/v1/chat/completions"};
constexpr std::array kBedrock = {
    Endpoint{anthropic_messages, "", Auth::aws_bedrock, Q::none, &kClaudeOnBedrock, "anthropic."},
    Endpoint{openai_chat, "", Auth::aws_bedrock, Q::none, &kChatOnBedrock},
};
constexpr std::array kCerebras = {
    Endpoint{openai_chat, "https://api.cerebras.ai/v1", Auth::bearer, Q::max_completion_tokens}};
constexpr std::array kCohere = {Endpoint{openai_chat, "https://api.cohere.ai/compatibility/v1", Auth::bearer}};
constexpr std::array kDeepseek = {
    Endpoint{openai_chat, "https://api.deepseek.com/v1", Auth::bearer, Q::replays_reasoning_content},
    Endpoint{anthropic_messages, "https://api.deepseek.com/anthropic", Auth::x_api_key},
};
constexpr std::array kFireworks = {Endpoint{openai_chat, "https://api.fireworks.ai/inference/v1", Auth::bearer}};
constexpr std::array kGemini = {
    Endpoint{gemini_generate, "https://generativelanguage.googleapis.com", Auth::x_goog_api_key}};
constexpr std::array kGithub = {Endpoint{openai_chat, "https://models.github.ai/inference", Auth::bearer}};
constexpr std::array kGroq = {
    Endpoint{openai_chat, "https://api.groq.com/openai/v1", Auth::bearer, Q::max_completion_tokens},
    Endpoint{openai_responses, "https://api.groq.com/openai/v1", Auth::bearer},
};
constexpr std::array kHuggingface = {Endpoint{openai_chat, "https://router.huggingface.co/v1", Auth::bearer}};
constexpr std::array kLlamacpp = {
    Endpoint{openai_chat, "http://127.0.0.1:8080/v1", Auth::none},
    Endpoint{anthropic_messages, "http://127.0.0.1:8080", Auth::none},
};
constexpr std::array kLmstudio = {
    Endpoint{openai_chat, "http://127.0.0.1:1234/v1", Auth::none},
    Endpoint{openai_responses, "http://127.0.0.1:1234/v1", Auth::none},
};
constexpr std::array kMinimax = {
    Endpoint{openai_chat, "https://api.minimax.io/v1", Auth::bearer},
    Endpoint{anthropic_messages, "https://api.minimax.io/anthropic", Auth::x_api_key},
};
constexpr std::array kMistral = {
    Endpoint{openai_chat, "https://api.mistral.ai/v1", Auth::bearer, Q::nine_character_call_ids}};
constexpr std::array kMoonshot = {
    Endpoint{openai_chat, "https://api.moonshot.ai/v1", Auth::bearer, Q::replays_reasoning_content},
    Endpoint{anthropic_messages, "https://api.moonshot.ai/anthropic", Auth::x_api_key},
};
constexpr std::array kNvidia = {Endpoint{openai_chat, "https://integrate.api.nvidia.com/v1", Auth::bearer}};
constexpr std::array kOllama = {
    Endpoint{openai_chat, "http://127.0.0.1:11434/v1", Auth::none},
    Endpoint{openai_responses, "http://127.0.0.1:11434/v1", Auth::none},
    Endpoint{anthropic_messages, "http://127.0.0.1:11434", Auth::none},
};
// Newer models take tools over responses only.
constexpr std::array kOpenai = {
    Endpoint{openai_responses, "https://api.openai.com/v1", Auth::bearer},
    Endpoint{openai_chat, "https://api.openai.com/v1", Auth::bearer, Q::max_completion_tokens | Q::developer_role},
};
constexpr std::array kOpenrouter = {
    Endpoint{openai_chat, "https://openrouter.ai/api/v1", Auth::bearer},
    Endpoint{openai_responses, "https://openrouter.ai/api/v1", Auth::bearer},
    Endpoint{anthropic_messages, "https://openrouter.ai/api", Auth::bearer},
};
constexpr std::array kPerplexity = {Endpoint{openai_chat, "https://api.perplexity.ai", Auth::bearer}};
constexpr std::array kQwen = {
    Endpoint{openai_chat, "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", Auth::bearer},
    Endpoint{anthropic_messages, "https://dashscope-intl.aliyuncs.com/apps/anthropic", Auth::x_api_key},
};
constexpr std::array kSglang = {Endpoint{openai_chat, "http://127.0.0.1:30000/v1", Auth::none}};
constexpr std::array kSiliconflow = {Endpoint{openai_chat, "https://api.siliconflow.com/v1", Auth::bearer}};
constexpr std::array kTogether = {Endpoint{openai_chat, "https://api.together.xyz/v1", Auth::bearer}};
constexpr std::array<std::string_view, 1> kModel = {"model"};
constexpr Hosting kGeminiOnVertex{.whole = "/publishers/google/models/*:generateContent",
                                  .streamed = "/publishers/google/models/*:streamGenerateContent",
                                  .count = "/publishers/google/models/*:countTokens",
                                  .probe = "/models"};
constexpr Hosting kClaudeOnVertex{.whole = "/publishers/anthropic/models/*:rawPredict",
                                  .streamed = "/publishers/anthropic/models/*:streamRawPredict",
                                  .count = "/publishers/anthropic/models/count-tokens:rawPredict",
                                  .probe = "/models",
                                  .said_by_path = kModel,
                                  .anthropic_version = "vertex-2023-10-16"};
constexpr std::array kVertex = {
    Endpoint{gemini_generate, "", Auth::service_account, Q::no_service_tier, &kGeminiOnVertex},
    Endpoint{anthropic_messages, "", Auth::service_account, Q::none, &kClaudeOnVertex, "claude"},
};
constexpr std::array kVllm = {
    Endpoint{openai_chat, "http://127.0.0.1:8000/v1", Auth::none},
    Endpoint{openai_responses, "http://127.0.0.1:8000/v1", Auth::none},
    Endpoint{anthropic_messages, "http://127.0.0.1:8000", Auth::none},
};
constexpr std::array kXai = {
    Endpoint{openai_chat, "https://api.x.ai/v1", Auth::bearer},
    Endpoint{openai_responses, "https://api.x.ai/v1", Auth::bearer},
    Endpoint{anthropic_messages, "https://api.x.ai", Auth::bearer},
};
constexpr std::array kZai = {
    Endpoint{openai_chat, "https://api.z.ai/api/paas/v4", Auth::bearer},
    Endpoint{anthropic_messages, "https://api.z.ai/api/anthropic", Auth::x_api_key},
};
constexpr std::array kZhipu = {
    Endpoint{openai_chat, "https://open.bigmodel.cn/api/paas/v4", Auth::bearer},
    Endpoint{anthropic_messages, "https://open.bigmodel.cn/api/anthropic", Auth::x_api_key},
};

constexpr std::array kProviders = {
    ProviderSpec{"anthropic", "ANTHROPIC_API_KEY", kAnthropic},
    ProviderSpec{"azure", "AZURE_OPENAI_API_KEY", kAzure, Place::own_resource,
                 "https://RESOURCE.openai.azure.com/openai/v1"},
    ProviderSpec{"bedrock", "AWS_BEARER_TOKEN_BEDROCK", kBedrock, Place::own_resource,
                 "https://bedrock-runtime.REGION.amazonaws.com"},
    ProviderSpec{"cerebras", "CEREBRAS_API_KEY", kCerebras},
    ProviderSpec{"cohere", "CO_API_KEY", kCohere},
    ProviderSpec{"deepseek", "DEEPSEEK_API_KEY", kDeepseek},
    ProviderSpec{"fireworks", "FIREWORKS_API_KEY", kFireworks},
    ProviderSpec{"gemini", "GEMINI_API_KEY", kGemini},
    ProviderSpec{"github", "GITHUB_TOKEN", kGithub},
    ProviderSpec{"groq", "GROQ_API_KEY", kGroq},
    ProviderSpec{"huggingface", "HF_TOKEN", kHuggingface},
    ProviderSpec{"llamacpp", "", kLlamacpp, Place::local},
    ProviderSpec{"lmstudio", "", kLmstudio, Place::local},
    ProviderSpec{"minimax", "MINIMAX_API_KEY", kMinimax},
    ProviderSpec{"mistral", "MISTRAL_API_KEY", kMistral},
    ProviderSpec{"moonshot", "MOONSHOT_API_KEY", kMoonshot},
    ProviderSpec{"nvidia", "NVIDIA_API_KEY", kNvidia},
    ProviderSpec{"ollama", "", kOllama, Place::local},
    ProviderSpec{"openai", "OPENAI_API_KEY", kOpenai},
    ProviderSpec{"openrouter", "OPENROUTER_API_KEY", kOpenrouter},
    ProviderSpec{"perplexity", "PERPLEXITY_API_KEY", kPerplexity},
    ProviderSpec{"qwen", "DASHSCOPE_API_KEY", kQwen},
    ProviderSpec{"sglang", "", kSglang, Place::local},
    ProviderSpec{"siliconflow", "SILICONFLOW_API_KEY", kSiliconflow},
    ProviderSpec{"together", "TOGETHER_API_KEY", kTogether},
    ProviderSpec{"vertex", "", kVertex, Place::own_resource,
                 "https://LOCATION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/LOCATION"},
    ProviderSpec{"vllm", "", kVllm, Place::local},
    ProviderSpec{"xai", "XAI_API_KEY", kXai},
    ProviderSpec{"zai", "ZAI_API_KEY", kZai},
    ProviderSpec{"zhipu", "ZHIPUAI_API_KEY", kZhipu},
};
static_assert(std::ranges::adjacent_find(kProviders, std::ranges::greater_equal{}, &ProviderSpec::name) ==
                  kProviders.end(),
              "keep providers sorted by name");

}  // namespace

std::span<const ProviderSpec> providers() { return kProviders; }

}  // namespace aigw::adapters
