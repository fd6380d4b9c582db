"""Small wrongs that a test must notice: (file, what stands there, what is put there, the test program that must fail)."""

MUTATIONS = [
    # money and prices
    ('src/policy/price.cpp', '(pico + 500) / 1000', 'pico / 1000', 'test_unit_policy'),
    ('src/policy/price.cpp', 'Wide{usage.cache_write} * price.cache_write.value', 'Wide{usage.cache_write} * price.input.value', 'test_unit_policy'),
    ('src/policy/price.cpp', 'usage.cache_read < 0 || ', '', 'test_unit_policy'),
    ('src/policy/price.cpp', 'if (nano > std::numeric_limits<std::int64_t>::max())', 'if (false)', 'test_unit_policy'),
    ('src/gateway/exchange_answer.cpp', '  if (!price) return;\n', '  if (!price) { row_.cost = NanoUsd{0}; return; }\n', 'test_gateway'),
    ('src/gateway/exchange_answer.cpp', '  if (!success) {\n    answer_facts_.usage.reset();', '  if (!success) {', 'test_gateway'),
    # usage buckets
    ('adapters/openai_chat/codec.cpp', '.input = prompt - cached - written', '.input = prompt', 'test_unit_adapters'),
    ('adapters/openai_chat/codec.cpp', 'reasoning = std::min(reasoning, completion);', '', 'test_unit_adapters'),
    ('adapters/openai_chat/codec.cpp', '    completion += reasoning;\n', '    ;\n', 'test_unit_adapters'),
    ('adapters/anthropic_messages/codec.cpp', 'take(usage["cache_creation_input_tokens"], known.cache_write);', '', 'test_unit_adapters'),
    ('src/store/rollup.cpp', 'if (__builtin_add_overflow(sum, value, &sum))', 'if (sum += value; false)', 'test_unit_store'),
    ('src/store/rollup.cpp', '|| outcome == Outcome::unknown);', ');', 'test_unit_store'),
    # the ledger
    ('src/store/row_writer.cpp', '*inserted != row.id.value) continue;', 'false) continue;', 'test_unit_store'),
    ('src/store/row_writer.cpp', '  delete_closed();\n', '', 'test_unit_store'),
    ('src/store/ingester.cpp', '    rollback();\n    return ingested.error();', '    return ingested.error();', 'test_unit_store'),
    ('src/store/ingester.cpp', 'if (impl.rows.has_open()) AIGW_TRY', 'if (false) AIGW_TRY', 'test_unit_store'),
    ('src/store/interner.cpp', 'if (found.last_hour >= hour) return found;', 'return found;', 'test_unit_store'),
    ('src/store/retention.cpp', 'remove.bind(1, oldest.at().value / kHourMs);', 'remove.bind(1, oldest.at().value / kHourMs + 24);', 'test_unit_store'),
    ('src/store/ingester.cpp', '  rows.forget_texts();\n', '', 'test_unit_store'),
    ('src/ledger/encoding.cpp', 'if (in.number<std::uint32_t>() != sum_of(record, salt)) return std::nullopt;', 'in.number<std::uint32_t>();', 'test_unit_ledger'),
    ('src/ledger/segment_reader.cpp', '    position_ += kAlignment;', '    position_ = used;', 'test_unit_ledger'),
    ('src/ledger/segment_reader.cpp', '  if (!record && torn) {', '  if (false && torn) {', 'test_unit_ledger'),
    # strict HTTP
    ('src/http/framing.cpp', 'if (has_length) return make_error', 'if (false) return make_error', 'test_unit_http'),
    ('src/http/framing.cpp', '    if (*value != field.value)', '    if (false)', 'test_unit_http'),
    ('src/http/strict.cpp', "if (feed == at || head[feed - 1] != '\\r')", 'if (feed == at)', 'test_unit_http'),
    ('src/http/strict.cpp', 'if (begin > limits::kHeadBytes || count >= limits::kFieldCount)', 'if (begin > limits::kHeadBytes)', 'test_unit_http'),
    ('src/http/chunked.cpp', 'if (size > body_bytes_max_ - body_bytes_)', 'if (size > body_bytes_max_)', 'test_unit_http'),
    ('src/http/chunked.cpp', "if (!line.ends_with('\\r')) return bad", "if (false) return bad", 'test_unit_http'),
    ('src/http/guard.cpp', 'if (*site == "same-origin" || *site == "none") return {};', 'return {};', 'test_unit_http'),
    ('src/http/guard.cpp', 'is_authority(authority) && ', '', 'test_unit_http'),
    # who may come in
    ('src/policy/authenticate.cpp', 'if (!key.empty() && key != given)', 'if (false)', 'test_unit_policy'),
    ('src/policy/authenticate.cpp', 'return password.empty() ? plain.substr(0, colon) : password;', 'return password;', 'test_unit_policy'),
    ('src/ops/snapshot.cpp', 'store::KeyRepository(db).live(context.clock())', 'store::KeyRepository(db).live(UnixMillis{0})', 'test_unit_server'),
    ('src/ops/keys.cpp', 'if (!used) AIGW_TRY', 'if (true) AIGW_TRY', 'test_unit_ops'),
    ('src/gateway/exchange.cpp', '    AIGW_TRY(check_single_credentials(head.headers));\n', '', 'test_gateway'),
    ('src/gateway/exchange_answer.cpp', '    else\n      hide_key(answer_, target_.provider->key);', '    else\n      ;', 'test_gateway'),
    # trying again, and what the client is told
    ('src/gateway/exchange.cpp', 'answer.error->retry == Retry::reused_only && ', '', 'test_gateway'),
    ('src/gateway/exchange.cpp', 'call.connection = UpstreamCall::Connection::fresh;', ';', 'test_gateway'),
    ('src/gateway/exchange_stream.cpp', 'if (answer_ended_ && !broken && !relay_->complete() && !relay_->failed())', 'if (false)', 'test_gateway'),
    ('src/gateway/exchange_answer.cpp', 'if (status == 401 || (status >= 300', 'if ((status >= 300', 'test_gateway'),
    ('src/gateway/reply.cpp', 'if (error.kind == ErrorKind::overloaded) head.add("retry-after", "1");', '', 'test_gateway'),
    ('src/policy/route.cpp', 'if (count == 1) return first;', 'if (count >= 1) return first;', 'test_unit_policy'),
    ('src/policy/route.cpp', 'return of_dialect == 1 ? first_of_dialect : nullptr;', 'return first_of_dialect;', 'test_unit_policy'),
]
