// Looks whether the document of the sockets is one of AsyncAPI 3.0, by its official schema.
// Usage: node tests/postman/asyncapi.js http://ADDRESS:PORT

const Ajv = require('ajv');
const addFormats = require('ajv-formats');

const schema = require('@asyncapi/specs/schemas/3.0.0.json');

async function main() {
  const answer = await fetch(`${process.argv[2]}/api/asyncapi.json`);
  // The schema brings its own copy of JSON Schema's, which must not meet the validator's.
  const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
  addFormats(ajv);
  const isSound = ajv.compile(schema);
  if (!isSound(await answer.json())) {
    for (const { instancePath, message } of isSound.errors) console.error(`asyncapi.json${instancePath}: ${message}`);
    process.exitCode = 1;
    return;
  }
  console.log(`${answer.url}: sound by the schema of AsyncAPI 3.0.0`);
}

main();
