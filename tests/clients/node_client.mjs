// One Node SDK asks each of the gateways that stdin names: node node_client.mjs FOLDER_OF_NODE_MODULES CLIENT.
// stdin, stdout and the cases are those of python_client.py.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';

const [, , modules, clientName] = process.argv;
const load = createRequire(`${modules}/-`);  // packages lie where they were installed, not beside this file
const TOOL = 'get_weather';
const TOOL_QUESTION = `Please use the tool ${TOOL}.`;
const TOOL_SAYS = '21 degrees';
const ABOUT = 'Weather of a city';
const SCHEMA = {
  type: 'object',
  required: ['city', 'units'],
  properties: {city: {type: 'string'}, units: {type: 'string', enum: ['c', 'f']}},
};
const PERSON = {
  type: 'object',
  required: ['name', 'age'],
  properties: {name: {type: 'string'}, age: {type: 'integer'}},
  additionalProperties: false,
};
const SECONDS_MAX = 30;

const user = text => ({role: 'user', content: text});

async function all(iterable) {
  const out = [];
  for await (const element of iterable) out.push(element);
  return out;
}

class OpenAIChat {
  tools = [{type: 'function', function: {name: TOOL, description: ABOUT, parameters: SCHEMA}}];

  async open(url, key, model) {
    const module = load('openai');
    this.errors = {400: module.BadRequestError, 401: module.AuthenticationError, 404: module.NotFoundError};
    this.model = model;
    this.sdk = new module.OpenAI({baseURL: `${url}/v1`, apiKey: key, maxRetries: 0, timeout: SECONDS_MAX * 1000});
  }
  create(text, more = {}) {
    return this.sdk.chat.completions.create({model: this.model, messages: [user(text)], ...more});
  }
  async chat(text, tokensMax) {
    const done = await this.create(text, {max_completion_tokens: tokensMax});
    assert.equal(done.choices[0].finish_reason, 'stop');
    return [done.choices[0].message.content, done.usage.prompt_tokens, done.usage.completion_tokens];
  }
  async stream(text) {
    return (await all(await this.create(text, {stream: true}))).map(c => c.choices[0]?.delta.content).filter(Boolean);
  }
  async useTool() {
    const asked = (await this.create(TOOL_QUESTION, {tools: this.tools})).choices[0].message;
    const [call] = asked.tool_calls;
    const messages = [user(TOOL_QUESTION), asked, {role: 'tool', tool_call_id: call.id, content: TOOL_SAYS}];
    const done = await this.sdk.chat.completions.create({model: this.model, messages, tools: this.tools});
    return [call.function.name, JSON.parse(call.function.arguments), done.choices[0].message.content];
  }
  async streamTool() {
    const chunks = await all(await this.create(TOOL_QUESTION, {tools: this.tools, stream: true}));
    const deltas = chunks.flatMap(c => c.choices[0]?.delta.tool_calls ?? []).map(d => d.function);
    return [deltas.map(d => d.name ?? '').join(''), JSON.parse(deltas.map(d => d.arguments ?? '').join(''))];
  }
  async structured(text) {
    const json_schema = {name: 'person', schema: PERSON, strict: true};
    const asked = {model: this.model, messages: [user(text)], response_format: {type: 'json_schema', json_schema}};
    return JSON.parse((await this.sdk.chat.completions.parse(asked)).choices[0].message.content);
  }
}

class OpenAIResponses extends OpenAIChat {
  tools = [{type: 'function', name: TOOL, description: ABOUT, parameters: SCHEMA, strict: false}];

  create(input, more = {}) {
    return this.sdk.responses.create({model: this.model, input, store: false, ...more});
  }
  async chat(text, tokensMax) {
    const done = await this.create(text, {max_output_tokens: tokensMax});
    assert.equal(done.status, 'completed');
    return [done.output_text, done.usage.input_tokens, done.usage.output_tokens];
  }
  async stream(text) {
    const events = await all(await this.create(text, {stream: true}));
    assert.equal(events.at(-1).type, 'response.completed');
    return events.filter(e => e.type === 'response.output_text.delta').map(e => e.delta);
  }
  async useTool() {
    const asked = (await this.create(TOOL_QUESTION, {tools: this.tools})).output;
    const call = asked.find(item => item.type === 'function_call');
    const result = {type: 'function_call_output', call_id: call.call_id, output: TOOL_SAYS};
    const done = await this.create([user(TOOL_QUESTION), ...asked, result], {tools: this.tools});
    return [call.name, JSON.parse(call.arguments), done.output_text];
  }
  async streamTool() {
    const events = await all(await this.create(TOOL_QUESTION, {tools: this.tools, stream: true}));
    const added = events.find(e => e.type === 'response.output_item.added' && e.item.type === 'function_call');
    const deltas = events.filter(e => e.type === 'response.function_call_arguments.delta').map(e => e.delta);
    return [added.item.name, JSON.parse(deltas.join(''))];
  }
  async structured(input) {
    const format = {type: 'json_schema', name: 'person', schema: PERSON, strict: true};
    return JSON.parse((await this.create(input, {text: {format}})).output_text);
  }
}

class Anthropic {
  tools = [{name: TOOL, description: ABOUT, input_schema: SCHEMA}];

  async open(url, key, model) {
    const module = load('@anthropic-ai/sdk');
    this.errors = {400: module.BadRequestError, 401: module.AuthenticationError, 404: module.NotFoundError};
    this.model = model;
    this.sdk = new module.Anthropic({baseURL: url, apiKey: key, maxRetries: 0, timeout: SECONDS_MAX * 1000});
  }
  asking(text, more = {}) {
    return {model: this.model, max_tokens: 256, messages: [user(text)], ...more};
  }
  async chat(text, tokensMax = 256) {
    const done = await this.sdk.messages.create(this.asking(text, {max_tokens: tokensMax}));
    assert.equal(done.stop_reason, 'end_turn');
    return [done.content[0].text, done.usage.input_tokens, done.usage.output_tokens];
  }
  async stream(text) {
    const pieces = [];
    const stream = this.sdk.messages.stream(this.asking(text)).on('text', piece => pieces.push(piece));
    assert.equal((await stream.finalMessage()).stop_reason, 'end_turn');
    return pieces;
  }
  async useTool() {
    const asked = await this.sdk.messages.create(this.asking(TOOL_QUESTION, {tools: this.tools}));
    const call = asked.content.find(block => block.type === 'tool_use');
    const result = {type: 'tool_result', tool_use_id: call.id, content: TOOL_SAYS};
    const messages = [user(TOOL_QUESTION), {role: 'assistant', content: asked.content}, user([result])];
    const done = await this.sdk.messages.create(this.asking('', {messages, tools: this.tools}));
    return [call.name, call.input, done.content[0].text];
  }
  async streamTool() {
    const whole = await this.sdk.messages.stream(this.asking(TOOL_QUESTION, {tools: this.tools})).finalMessage();
    const call = whole.content.find(block => block.type === 'tool_use');
    return [call.name, call.input];
  }
  async structured(text) {
    const output_config = {format: {type: 'json_schema', schema: PERSON}};
    return JSON.parse((await this.sdk.messages.create(this.asking(text, {output_config}))).content[0].text);
  }
}

class GoogleGenai {
  tools = {tools: [{functionDeclarations: [{name: TOOL, description: ABOUT, parametersJsonSchema: SCHEMA}]}]};

  async open(url, key, model) {
    const module = load('@google/genai');
    this.errors = {400: module.ApiError, 401: module.ApiError, 404: module.ApiError};
    this.model = model;
    this.sdk = new module.GoogleGenAI({apiKey: key, httpOptions: {baseUrl: url, timeout: SECONDS_MAX * 1000}});
  }
  create(contents, config) {
    return this.sdk.models.generateContent({model: this.model, contents, config});
  }
  async chat(text, tokensMax) {
    const done = await this.create(text, tokensMax === undefined ? undefined : {maxOutputTokens: tokensMax});
    assert.equal(done.candidates[0].finishReason, 'STOP');
    return [done.text, done.usageMetadata.promptTokenCount, done.usageMetadata.candidatesTokenCount];
  }
  async stream(text) {
    const chunks = await all(await this.sdk.models.generateContentStream({model: this.model, contents: text}));
    return chunks.map(c => c.text).filter(Boolean);
  }
  async useTool() {
    const asked = await this.create(TOOL_QUESTION, this.tools);
    const [call] = asked.functionCalls;
    const functionResponse = {id: call.id, name: call.name, response: {output: TOOL_SAYS}};
    const history = [{role: 'user', parts: [{text: TOOL_QUESTION}]}, asked.candidates[0].content,
                     {role: 'user', parts: [{functionResponse}]}];
    return [call.name, call.args, (await this.create(history, this.tools)).text];
  }
  async streamTool() {
    const asked = {model: this.model, contents: TOOL_QUESTION, config: this.tools};
    const chunks = await all(await this.sdk.models.generateContentStream(asked));
    const [call] = chunks.flatMap(c => c.functionCalls ?? []);
    return [call.name, call.args];
  }
  async structured(text) {
    return JSON.parse((await this.create(text, {responseMimeType: 'application/json', responseJsonSchema: PERSON})).text);
  }
}

/** The AI SDK of Vercel, whose providers differ only in how a model is made. */
class AiSdk {
  constructor(packageName, modelOf) {
    this.packageName = packageName;
    this.modelOf = modelOf;
  }
  async open(url, key, model) {
    this.ai = load('ai');
    globalThis.AI_SDK_LOG_WARNINGS = false;
    this.errors = {400: this.ai.APICallError, 401: this.ai.APICallError, 404: this.ai.APICallError};
    const send = (to, init) => fetch(to, {...init, body: this.limited(init.body)});
    this.model = this.modelOf(load(this.packageName), {url, apiKey: key, fetch: send})(model);
    const weather = {description: ABOUT, inputSchema: this.ai.jsonSchema(SCHEMA)};
    this.tools = {[TOOL]: this.ai.tool({...weather, execute: () => TOOL_SAYS})};
    this.toolsOfOurs = {[TOOL]: this.ai.tool(weather)};
  }
  /** It refuses a limit below 1 by itself, before anything is sent: such a one is written into the request. */
  limited(body) {
    return this.tokensMax < 1 ? body.replace(/("max_?\w*tokens":)\d+/i, `$1${this.tokensMax}`) : body;
  }
  asking(prompt, more = {}) {
    return {model: this.model, prompt, maxRetries: 0, ...more};
  }
  async chat(prompt, tokensMax) {
    this.tokensMax = tokensMax;
    const done = await this.ai.generateText(this.asking(prompt, {maxOutputTokens: tokensMax && Math.max(tokensMax, 1)}));
    assert.equal(done.finishReason, 'stop');
    return [done.text, done.usage.inputTokens, done.usage.outputTokens];
  }
  stream(prompt) {
    return all(this.ai.streamText(this.asking(prompt)).textStream);
  }
  async useTool() {
    const stopWhen = this.ai.stepCountIs(2);
    const done = await this.ai.generateText(this.asking(TOOL_QUESTION, {tools: this.tools, stopWhen}));
    const [call] = done.steps[0].toolCalls;
    return [call.toolName, call.input, done.text];
  }
  async streamTool() {
    const [call] = await this.ai.streamText(this.asking(TOOL_QUESTION, {tools: this.toolsOfOurs})).toolCalls;
    return [call.toolName, call.input];
  }
  async structured(prompt) {
    const output = this.ai.Output.object({schema: this.ai.jsonSchema(PERSON)});
    return (await this.ai.generateText(this.asking(prompt, {output}))).output;
  }
}

const openai = (module, {url, ...more}) => module.createOpenAI({baseURL: `${url}/v1`, ...more});
const anthropic = (module, {url, ...more}) => module.createAnthropic({baseURL: `${url}/v1`, ...more});
const google = (module, {url, ...more}) => module.createGoogleGenerativeAI({baseURL: `${url}/v1beta`, ...more});
const CLIENTS = {
  'openai-chat': () => new OpenAIChat(),
  'openai-responses': () => new OpenAIResponses(),
  'anthropic': () => new Anthropic(),
  'google-genai': () => new GoogleGenai(),
  'ai-openai-chat': () => new AiSdk('@ai-sdk/openai', (...how) => openai(...how).chat),
  'ai-openai-responses': () => new AiSdk('@ai-sdk/openai', (...how) => openai(...how).responses),
  'ai-anthropic': () => new AiSdk('@ai-sdk/anthropic', anthropic),
  'ai-google': () => new AiSdk('@ai-sdk/google', google),
};

const tokensOf = text => Math.ceil([...text].length / 4);  // as the built-in provider counts

async function fails(client, status, tokensMax = 64) {
  let done;
  try {
    done = await client.chat('hello', tokensMax);
  } catch (error) {
    assert(error instanceof client.errors[status], `${error.constructor.name} ${error.message}`);
    assert.equal(error.status ?? error.statusCode, status);
    return;
  }
  assert.fail(`no error, but ${done}`);
}

const CASES = {
  'chat': async (make, told) => {
    const [text, tokensIn, tokensOut] = await (await make()).chat(told.question);
    assert.equal(text, told.answer);
    assert.deepEqual([tokensIn, tokensOut], [tokensOf(told.question), tokensOf(text)]);
  },
  'stream': async (make, told) => {
    const pieces = await (await make()).stream(told.question);
    assert.equal(pieces.join(''), told.answer);
    assert(pieces.length > 3, `the text came in ${pieces.length} pieces`);
  },
  'tools': async make => {
    const [name, input, text] = await (await make()).useTool();
    assert.deepEqual([name, input], [TOOL, {city: 'example', units: 'c'}]);
    assert(text.startsWith('The tool said ') && text.includes(TOOL_SAYS), text);
  },
  'streamed tool': async make => {
    assert.deepEqual(await (await make()).streamTool(), [TOOL, {city: 'example', units: 'c'}]);
  },
  'structured': async (make, told) => {
    assert.deepEqual(await (await make()).structured(told.question), {name: 'example', age: 1});
  },
  'bad request': async make => fails(await make(), 400, -1),
  'unknown model': async make => fails(await make({model: 'nowhere/model'}), 404),
  'unknown key': async make => fails(await make({key: 'aigw_unknown'}), 401),
};

const told = JSON.parse(Buffer.concat(await all(process.stdin)));
for (const [provider, gateway] of Object.entries(told.gateways)) {
  const make = async ({key = gateway.key, model = told.model} = {}) => {
    const client = CLIENTS[clientName]();
    await client.open(gateway.url, key, model);
    return client;
  };
  for (const [name, ask] of Object.entries(CASES)) {
    let why = '';
    try {
      await ask(make, told);
    } catch (error) {
      why = `${error.constructor.name}: ${error.message}`.slice(0, 500);
    }
    console.log(JSON.stringify({provider, case: name, why}));
  }
}
