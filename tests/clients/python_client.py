#!/usr/bin/env python3
"""One Python SDK asks each of the gateways that stdin names: python_client.py CLIENT.

stdin: {"model", "question", "answer", "gateways": {PROVIDER_DIALECT: {"url", "key"}}}, `answer` being what the built-in
provider says to `question`. stdout: a line {"provider", "case", "why"} for each, "why" being empty when all was well.
A client is a class of what its users write; what has to come back stands once, in `CASES`.
"""
import json
import math
import sys
import warnings

from pydantic import BaseModel

warnings.simplefilter('ignore')
TOOL = 'get_weather'
TOOL_QUESTION = f'Please use the tool {TOOL}.'
TOOL_SAYS = '21 degrees'
SCHEMA = {'type': 'object', 'required': ['city', 'units'],
          'properties': {'city': {'type': 'string'}, 'units': {'type': 'string', 'enum': ['c', 'f']}}}
SECONDS_MAX = 30


class Person(BaseModel):
    name: str
    age: int


class OpenAIChat:
    tools = [{'type': 'function', 'function': {'name': TOOL, 'description': 'Weather of a city', 'parameters': SCHEMA}}]

    def __init__(self, url, key, model):
        import openai
        self.errors = {400: openai.BadRequestError, 401: openai.AuthenticationError, 404: openai.NotFoundError}
        self.model = model
        self.sdk = openai.OpenAI(base_url=url + '/v1', api_key=key, max_retries=0, timeout=SECONDS_MAX)

    def create(self, text, **more):
        return self.sdk.chat.completions.create(model=self.model, messages=[{'role': 'user', 'content': text}], **more)

    def chat(self, text, tokens_max=None):
        done = self.create(text, **({'max_completion_tokens': tokens_max} if tokens_max is not None else {}))
        assert done.choices[0].finish_reason == 'stop', done
        return done.choices[0].message.content, done.usage.prompt_tokens, done.usage.completion_tokens

    def stream(self, text):
        chunks = self.create(text, stream=True)
        return [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]

    def use_tool(self):
        asked = self.create(TOOL_QUESTION, tools=self.tools).choices[0].message
        call = asked.tool_calls[0]
        history = [{'role': 'user', 'content': TOOL_QUESTION}, asked, {'role': 'tool', 'tool_call_id': call.id, 'content': TOOL_SAYS}]
        done = self.sdk.chat.completions.create(model=self.model, messages=history, tools=self.tools)
        return call.function.name, json.loads(call.function.arguments), done.choices[0].message.content

    def stream_tool(self):
        deltas = [d for c in self.create(TOOL_QUESTION, tools=self.tools, stream=True) if c.choices
                  for d in c.choices[0].delta.tool_calls or []]
        return ''.join(d.function.name or '' for d in deltas), json.loads(''.join(d.function.arguments or '' for d in deltas))

    def structured(self, text):
        done = self.sdk.chat.completions.parse(model=self.model, messages=[{'role': 'user', 'content': text}], response_format=Person)
        return done.choices[0].message.parsed


class OpenAIResponses(OpenAIChat):
    tools = [{'type': 'function', 'name': TOOL, 'description': 'Weather of a city', 'parameters': SCHEMA, 'strict': False}]

    def create(self, text, **more):
        return self.sdk.responses.create(model=self.model, input=text, store=False, **more)

    def chat(self, text, tokens_max=None):
        done = self.create(text, **({'max_output_tokens': tokens_max} if tokens_max is not None else {}))
        assert done.status == 'completed', done
        return done.output_text, done.usage.input_tokens, done.usage.output_tokens

    def stream(self, text):
        events = list(self.create(text, stream=True))
        assert events[-1].type == 'response.completed', events[-1]
        return [e.delta for e in events if e.type == 'response.output_text.delta']

    def use_tool(self):
        asked = self.create(TOOL_QUESTION, tools=self.tools).output
        call = next(item for item in asked if item.type == 'function_call')
        history = [{'role': 'user', 'content': TOOL_QUESTION}, *asked,
                   {'type': 'function_call_output', 'call_id': call.call_id, 'output': TOOL_SAYS}]
        done = self.sdk.responses.create(model=self.model, input=history, tools=self.tools, store=False)
        return call.name, json.loads(call.arguments), done.output_text

    def stream_tool(self):
        events = list(self.create(TOOL_QUESTION, tools=self.tools, stream=True))
        name = next(e.item.name for e in events if e.type == 'response.output_item.added' and e.item.type == 'function_call')
        return name, json.loads(''.join(e.delta for e in events if e.type == 'response.function_call_arguments.delta'))

    def structured(self, text):
        return self.sdk.responses.parse(model=self.model, input=text, text_format=Person, store=False).output_parsed


class Anthropic:
    tools = [{'name': TOOL, 'description': 'Weather of a city', 'input_schema': SCHEMA}]

    def __init__(self, url, key, model):
        import anthropic
        self.errors = {400: anthropic.BadRequestError, 401: anthropic.AuthenticationError, 404: anthropic.NotFoundError}
        self.model = model
        self.sdk = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0, timeout=SECONDS_MAX)

    def asking(self, text, tokens_max=256):
        return {'model': self.model, 'max_tokens': tokens_max, 'messages': [{'role': 'user', 'content': text}]}

    def chat(self, text, tokens_max=256):
        done = self.sdk.messages.create(**self.asking(text, tokens_max))
        assert done.stop_reason == 'end_turn', done
        return done.content[0].text, done.usage.input_tokens, done.usage.output_tokens

    def stream(self, text):
        with self.sdk.messages.stream(**self.asking(text)) as stream:
            pieces = list(stream.text_stream)
            assert stream.get_final_message().stop_reason == 'end_turn'
        return pieces

    def use_tool(self):
        asked = self.sdk.messages.create(**self.asking(TOOL_QUESTION), tools=self.tools)
        call = next(block for block in asked.content if block.type == 'tool_use')
        result = {'type': 'tool_result', 'tool_use_id': call.id, 'content': TOOL_SAYS}
        history = [{'role': 'user', 'content': TOOL_QUESTION}, {'role': 'assistant', 'content': asked.content},
                   {'role': 'user', 'content': [result]}]
        done = self.sdk.messages.create(model=self.model, max_tokens=256, messages=history, tools=self.tools)
        return call.name, call.input, done.content[0].text

    def stream_tool(self):
        with self.sdk.messages.stream(**self.asking(TOOL_QUESTION), tools=self.tools) as stream:
            call = next(block for block in stream.get_final_message().content if block.type == 'tool_use')
        return call.name, call.input

    def structured(self, text):
        return self.sdk.messages.parse(**self.asking(text), output_format=Person).parsed_output


class GoogleGenai:
    def __init__(self, url, key, model):
        from google import genai
        from google.genai import errors, types
        self.errors = dict.fromkeys((400, 401, 404), errors.ClientError)
        self.types = types
        self.model = model
        self.sdk = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url, timeout=SECONDS_MAX * 1000))
        declared = types.FunctionDeclaration(name=TOOL, description='Weather of a city', parameters_json_schema=SCHEMA)
        self.tools = {'tools': [types.Tool(function_declarations=[declared])], 'automatic_function_calling': {'disable': True}}

    def chat(self, text, tokens_max=None):
        config = {'max_output_tokens': tokens_max} if tokens_max is not None else None
        done = self.sdk.models.generate_content(model=self.model, contents=text, config=config)
        assert done.candidates[0].finish_reason.name == 'STOP', done
        return done.text, done.usage_metadata.prompt_token_count, done.usage_metadata.candidates_token_count

    def stream(self, text):
        return [c.text for c in self.sdk.models.generate_content_stream(model=self.model, contents=text) if c.text]

    def use_tool(self):
        asked = self.sdk.models.generate_content(model=self.model, contents=TOOL_QUESTION, config=self.tools)
        call = asked.function_calls[0]
        result = self.types.FunctionResponse(id=call.id, name=call.name, response={'output': TOOL_SAYS})
        history = [self.types.UserContent(TOOL_QUESTION), asked.candidates[0].content,
                   self.types.UserContent(self.types.Part(function_response=result))]
        return call.name, call.args, self.sdk.models.generate_content(model=self.model, contents=history, config=self.tools).text

    def stream_tool(self):
        chunks = list(self.sdk.models.generate_content_stream(model=self.model, contents=TOOL_QUESTION, config=self.tools))
        call = next(c.function_calls[0] for c in chunks if c.function_calls)
        return call.name, call.args

    def structured(self, text):
        config = {'response_mime_type': 'application/json', 'response_schema': Person}
        return self.sdk.models.generate_content(model=self.model, contents=text, config=config).parsed


class LangChain:
    """What LangChain's three have in common: all but how they are made, and how a call is limited."""
    tool = {'name': TOOL, 'description': 'Weather of a city', 'parameters': SCHEMA}

    def limited(self, tokens_max):
        return {'max_tokens': tokens_max}

    def chat(self, text, tokens_max=None):
        done = self.sdk.invoke(text, **(self.limited(tokens_max) if tokens_max is not None else {}))
        return done.text, done.usage_metadata['input_tokens'], done.usage_metadata['output_tokens']

    def stream(self, text):
        return [c.text for c in self.sdk.stream(text) if c.text]

    def use_tool(self):
        from langchain_core.messages import HumanMessage, ToolMessage
        armed = self.sdk.bind_tools([self.tool])
        asked = armed.invoke(TOOL_QUESTION)
        call = asked.tool_calls[0]
        done = armed.invoke([HumanMessage(TOOL_QUESTION), asked, ToolMessage(TOOL_SAYS, tool_call_id=call['id'], name=call['name'])])
        return call['name'], call['args'], done.text

    def stream_tool(self):
        whole = None
        for chunk in self.sdk.bind_tools([self.tool]).stream(TOOL_QUESTION):
            whole = chunk if whole is None else whole + chunk
        return whole.tool_calls[0]['name'], whole.tool_calls[0]['args']

    def structured(self, text):
        return self.sdk.with_structured_output(Person).invoke(text)


class LangChainOpenAI(LangChain):
    def __init__(self, url, key, model):
        from langchain_openai import ChatOpenAI
        self.errors = OpenAIChat(url, key, model).errors
        self.sdk = ChatOpenAI(model=model, api_key=key, base_url=url + '/v1', max_retries=0, timeout=SECONDS_MAX)


class LangChainAnthropic(LangChain):
    def __init__(self, url, key, model):
        from langchain_anthropic import ChatAnthropic
        self.errors = Anthropic(url, key, model).errors
        self.sdk = ChatAnthropic(model=model, api_key=key, base_url=url, max_retries=0, timeout=SECONDS_MAX, max_tokens=256)


class LangChainGoogle(LangChain):
    def __init__(self, url, key, model):
        from langchain_google_genai import ChatGoogleGenerativeAI
        from langchain_google_genai.chat_models import ChatGoogleGenerativeAIError
        self.errors = dict.fromkeys((400, 401, 404), ChatGoogleGenerativeAIError)
        self.sdk = ChatGoogleGenerativeAI(model=model, google_api_key=key, base_url=url, max_retries=1, timeout=SECONDS_MAX)

    def limited(self, tokens_max):
        return {'max_output_tokens': tokens_max}


CLIENTS = {'openai-chat': OpenAIChat, 'openai-responses': OpenAIResponses, 'anthropic': Anthropic, 'google-genai': GoogleGenai,
           'langchain-openai': LangChainOpenAI, 'langchain-anthropic': LangChainAnthropic, 'langchain-google': LangChainGoogle}


def tokens_of(text):
    return math.ceil(len(text) / 4)  # as the built-in provider counts


def chat(make, told):
    text, tokens_in, tokens_out = make().chat(told['question'])
    assert text == told['answer'], text
    assert (tokens_in, tokens_out) == (tokens_of(told['question']), tokens_of(text)), f'tokens {tokens_in}, {tokens_out}'


def stream(make, told):
    pieces = make().stream(told['question'])
    assert ''.join(pieces) == told['answer'], pieces
    assert len(pieces) > 3, f'the text came in {len(pieces)} pieces'


def tools(make, _):
    name, arguments, text = make().use_tool()
    assert (name, dict(arguments)) == (TOOL, {'city': 'example', 'units': 'c'}), (name, arguments)
    assert text.startswith('The tool said ') and TOOL_SAYS in text, text


def streamed_tool(make, _):
    name, arguments = make().stream_tool()
    assert (name, dict(arguments)) == (TOOL, {'city': 'example', 'units': 'c'}), (name, arguments)


def structured(make, told):
    person = make().structured(told['question'])
    assert person == Person(name='example', age=1), person


def fails(client, status, tokens_max=64):
    try:
        done = client.chat('hello', tokens_max)
    except client.errors[status] as error:
        code = getattr(error, 'status_code', None) or getattr(error, 'code', None)
        assert code == status or str(status) in str(error), f'{type(error).__name__} {error}'
        return
    raise AssertionError(f'no error, but {done}')


def bad_request(make, _):
    fails(make(), 400, tokens_max=-1)


def unknown_model(make, _):
    fails(make(model='nowhere/model'), 404)


def unknown_key(make, _):
    fails(make(key='aigw_unknown'), 401)


CASES = [chat, stream, tools, streamed_tool, structured, bad_request, unknown_model, unknown_key]


def main():
    client = CLIENTS[sys.argv[1]]
    told = json.load(sys.stdin)
    for provider, gateway in told['gateways'].items():
        def make(key=gateway['key'], model=told['model'], url=gateway['url']):
            return client(url, key, model)
        for case in CASES:
            why = ''
            try:
                case(make, told)
            except Exception as error:
                why = f'{type(error).__name__}: {error}'[:500]
            print(json.dumps({'provider': provider, 'case': case.__name__.replace('_', ' '), 'why': why}), flush=True)


if __name__ == '__main__':
    main()
