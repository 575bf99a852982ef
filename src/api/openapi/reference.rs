//! The documents as a page: operations by tag, with examples, and the frames of both sockets.

use serde::Serialize;
use serde_json::{Map, Value, json};

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

/// The contents of the reference page.
pub(crate) struct Reference {
    pub(crate) groups: Vec<Group>,
    pub(crate) sockets: Vec<SocketReference>,
}

/// The operations of a tag.
#[derive(Serialize)]
pub(crate) struct Group {
    name: String,
    description: String,
    operations: Vec<Operation>,
}

#[derive(Serialize)]
struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    description: String,
    admin: bool,
    parameters: Vec<Member>,
    body: Vec<Member>,
    answers: Vec<Response>,
    problems: Vec<Problem>,
    curl: String,
    example: String,
}

/// A parameter, or a member of a body or frame.
#[derive(Serialize)]
struct Member {
    name: String,
    kind: String,
    required: bool,
    meaning: String,
}

#[derive(Serialize)]
struct Response {
    status: String,
    meaning: String,
}

#[derive(Serialize)]
struct Problem {
    status: String,
    code: String,
}

/// A socket and its frames.
#[derive(Serialize)]
pub(crate) struct SocketReference {
    address: String,
    description: String,
    parameters: Vec<Member>,
    from: Vec<FrameReference>,
    to: Vec<FrameReference>,
    closes: Vec<Value>,
}

#[derive(Serialize)]
struct FrameReference {
    event: String,
    when: String,
    members: Vec<Member>,
}

impl Reference {
    /// Reads both documents.
    pub(crate) fn of(openapi: &Value, asyncapi: &Value) -> Self {
        let groups = items(&openapi["tags"]).map(|tag| Group {
            name: text(&tag["name"]),
            description: text(&tag["description"]),
            operations: operations(openapi, &tag["name"]),
        });
        Self {
            groups: groups.collect(),
            sockets: members(&asyncapi["channels"])
                .map(|(_, channel)| socket(asyncapi, channel))
                .collect(),
        }
    }
}

fn operations(document: &Value, tag: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, item) in members(&document["paths"]) {
        for method in METHODS {
            let operation = &item[method];
            if items(&operation["tags"]).any(|own| own == tag) {
                found.push(describe(document, path, method, operation));
            }
        }
    }
    // Paths with the tag's name come first.
    let own = format!("/api/{}", text(tag).to_lowercase());
    found.sort_by_key(|operation| !operation.path.starts_with(&own));
    found
}

fn describe(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let contents = &operation["requestBody"]["content"];
    let body = members(contents)
        .next()
        .map(|(_, content)| resolved(document, &content["schema"]));
    let (failed, succeeded): (Vec<_>, Vec<_>) =
        members(&operation["responses"]).partition(|(status, _)| !status.starts_with('2'));
    let problems = failed.iter().flat_map(|(status, response)| {
        let schema = &response["content"]["application/problem+json"]["schema"];
        let codes = items(&schema["allOf"][1]["properties"]["code"]["enum"]);
        codes.map(|code| Problem {
            status: (*status).clone(),
            code: text(code),
        })
    });
    let shown = succeeded.first().and_then(|(_, response)| {
        let schema = &response["content"]["application/json"]["schema"];
        schema
            .is_object()
            .then(|| pretty(&example(document, schema, 0)))
    });
    Operation {
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        description: text(&operation["description"]),
        admin: operation.get("security").is_some(),
        parameters: items(&operation["parameters"]).map(parameter).collect(),
        body: body.map(fields).unwrap_or_default(),
        problems: problems.collect(),
        answers: succeeded
            .iter()
            .map(|(status, response)| Response {
                status: (*status).clone(),
                meaning: text(&response["description"]),
            })
            .collect(),
        curl: curl(document, path, method, operation),
        example: shown.unwrap_or_default(),
    }
}

/// The request as a shell command; the reader sets `$SHOP` and `$TOKEN`.
fn curl(document: &Value, path: &str, method: &str, operation: &Value) -> String {
    let verb = if method == "get" {
        String::new()
    } else {
        format!(" -X {}", method.to_uppercase())
    };
    let mut lines = vec![format!("curl{verb} \"$SHOP{path}\"")];
    if operation.get("security").is_some() {
        lines.push("-H \"Authorization: Bearer $TOKEN\"".into());
    }
    let contents = &operation["requestBody"]["content"];
    if contents.get("multipart/form-data").is_some() {
        lines.push("-F img=@vase.jpg".into());
    } else if contents.get("text/csv").is_some() {
        lines.push("-H 'Content-Type: text/csv'".into());
        lines.push("--data-binary @products.csv".into());
    } else if let Some(content) = contents.get("application/json") {
        lines.push("-H 'Content-Type: application/json'".into());
        lines.push(format!("-d '{}'", example(document, &content["schema"], 0)));
    }
    lines.join(" \\\n  ")
}

fn parameter(parameter: &Value) -> Member {
    let place = text(&parameter["in"]);
    Member {
        name: text(&parameter["name"]),
        kind: format!("{place}, {}", kind(&parameter["schema"])),
        required: parameter["required"] == true,
        meaning: text(&parameter["description"]),
    }
}

fn fields(schema: &Value) -> Vec<Member> {
    let required: Vec<_> = items(&schema["required"]).collect();
    let all = members(&schema["properties"]);
    let fields = all.map(|(name, property)| Member {
        name: name.clone(),
        kind: kind(property),
        required: required.iter().any(|one| *one == name),
        meaning: text(&property["description"]),
    });
    let mut fields: Vec<_> = fields.collect();
    fields.sort_by_key(|member| !member.required);
    fields
}

/// The type of a value with its bounds.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next())
    {
        return name.to_owned();
    }
    let name = match &schema["type"] {
        Value::String(one) if one == "array" => {
            format!("list of {}", kind(&schema["items"]))
        }
        Value::String(one) => one.clone(),
        Value::Array(several) => several.iter().map(text).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    };
    let bounds = [
        range(schema, "minimum", "maximum", ""),
        range(schema, "minLength", "maxLength", " characters"),
        range(schema, "minItems", "maxItems", " items"),
    ];
    let default = schema
        .get("default")
        .map(|value| format!("default {value}"));
    let words = bounds.into_iter().chain([default]).flatten();
    std::iter::once(name)
        .chain(words)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Two bounds in words; the limits of the number type are left out.
fn range(schema: &Value, least: &str, most: &str, unit: &str) -> Option<String> {
    let bound = |key| {
        schema
            .get(key)
            .filter(|bound| ![Some(i64::MIN), Some(i64::MAX)].contains(&bound.as_i64()))
    };
    match (bound(least), bound(most)) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}{unit}")),
        (Some(least), None) => Some(format!("from {least}{unit}")),
        (None, Some(most)) => Some(format!("at most {most}{unit}")),
        (None, None) => None,
    }
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let path = schema["$ref"]
        .as_str()
        .and_then(|path| path.strip_prefix('#'));
    path.and_then(|path| document.pointer(path))
        .unwrap_or(schema)
}

/// A valid value, made of the examples of its members.
fn example(document: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolved(document, schema);
    if let Some(given) = schema.get("example").or_else(|| schema.get("default")) {
        return given.clone();
    }
    if let Some(first) = schema["oneOf"].get(0) {
        return example(document, first, depth + 1);
    }
    let kind = match &schema["type"] {
        Value::Array(several) => several.first().unwrap_or(&Value::Null),
        one => one,
    };
    match kind.as_str() {
        _ if depth > 6 => Value::Null,
        Some("object") => {
            let all = members(&schema["properties"]);
            let all = all.map(|(name, part)| (name.clone(), example(document, part, depth + 1)));
            Value::Object(all.collect::<Map<_, _>>())
        }
        Some("array") => json!([example(document, &schema["items"], depth + 1)]),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(0.into()),
        Some("boolean") => false.into(),
        Some("string") => "…".into(),
        _ => Value::Null,
    }
}

fn socket(document: &Value, channel: &Value) -> SocketReference {
    let frames = |to_server: bool| {
        let all = members(&channel["messages"]);
        let frames = all.filter(move |(name, _)| name.starts_with("command.") == to_server);
        frames
            .map(|(_, message)| {
                let message = resolved(document, message);
                FrameReference {
                    event: text(&message["name"]),
                    when: text(&message["summary"]),
                    members: fields(resolved(
                        document,
                        &message["payload"]["properties"]["data"],
                    )),
                }
            })
            .collect()
    };
    SocketReference {
        address: text(&channel["address"]),
        description: text(&channel["description"]),
        parameters: fields(&channel["bindings"]["ws"]["query"]),
        from: frames(false),
        to: frames(true),
        closes: items(&channel["x-close-codes"]).cloned().collect(),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect(super::SERIALISES)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_short() {
        for (schema, words) in [
            (
                json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
                "string, 1 to 200 characters",
            ),
            (
                json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 10 }),
                "integer, 1 to 100, default 10",
            ),
            (
                json!({ "type": "integer", "minimum": i64::MIN, "maximum": i64::MAX }),
                "integer",
            ),
            (
                json!({ "type": "array", "maxItems": 20, "items": { "type": "string" } }),
                "list of string, at most 20 items",
            ),
            (json!({ "type": ["string", "null"] }), "string or null"),
            (json!({ "$ref": "#/components/schemas/Cart" }), "Cart"),
        ] {
            assert_eq!(kind(&schema), words);
        }
    }
}
