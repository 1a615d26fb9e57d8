/** The files of a first project, by path. A test loads and checks them, so they cannot go stale. */
export const starterFiles: Readonly<Record<string, string>> = {
  'aiworkflow.yaml': `# What the workflows of this project share. Every key: docs/workflow-files.md.
model: anthropic:claude-sonnet-5-5
# model: openai:gpt-6-sol
# model: local:llama4            # any OpenAI-compatible server, declared like this:
# providers:
#   local:
#     baseUrl: http://127.0.0.1:11434/v1
`,
  'workflows/hello.yaml': `id: hello
description: Greets somebody, then puts the greeting into another language.

params:
  name: { type: string, default: world }
  language: { type: string, default: Esperanto }

steps:
  - id: greet
    prompt: prompts/hello.prompt

  # It refers to greet, so it waits for it.
  - id: translate
    prompt: 'Put this into {{ params.language }}, and answer with the translation alone: {{ greet.response.greeting }}'

result: '{{ translate.response }}'
`,
  'prompts/hello.prompt': `---
output:
  schema:
    greeting: string, one sentence
---
Greet {{ params.name }}, who works with data, in one friendly sentence.
`,
  '.gitignore': `.aiworkflow/
`,
};
