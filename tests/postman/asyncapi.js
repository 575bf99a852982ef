// Validates the AsyncAPI document against the official schema of AsyncAPI 3.0.
// Usage: node tests/postman/asyncapi.js http://ADDRESS:PORT

const Ajv = require('ajv');
const addFormats = require('ajv-formats');

const schema = require('@asyncapi/specs/schemas/3.0.0.json');

async function main() {
  const response = await fetch(`${process.argv[2]}/api/asyncapi.json`);
  // The schema contains a copy of the JSON Schema meta-schema, which would conflict with the
  // validator's.
  const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
  addFormats(ajv);
  const isValid = ajv.compile(schema);
  if (!isValid(await response.json())) {
    for (const { instancePath, message } of isValid.errors) console.error(`asyncapi.json${instancePath}: ${message}`);
    process.exitCode = 1;
    return;
  }
  console.log(`${response.url}: valid AsyncAPI 3.0.0`);
}

main();
