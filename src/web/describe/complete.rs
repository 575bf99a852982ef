//! What all operations share: parameters of paths, problems, headers, the admin's token, links.

use serde_json::{Map, Value, json};

use super::problems;

/// Patterns by the names that types use for them.
const PATTERNS: [(&str, &str); 4] = [
    // One line with something to see in it.
    (
        "{{line}}",
        "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\u0000-\\u0020\\u007f-\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000][^\\u0000-\\u001f\\u007f-\\u009f]*$",
    ),
    (
        "{{paragraphs}}",
        "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$",
    ),
    (
        "{{visible}}",
        "[^\\u0009-\\u000d\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]",
    ),
    // The rule of HTML's `type=email`.
    (
        "{{email}}",
        "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$",
    ),
];

/// The parts of paths: name, meaning, pattern, and the type of payload whose `_id` it is.
const PARTS: [(&str, &str, &str, &str); 8] = [
    ("pid", "The product's id", ID, "Product"),
    ("cid", "The cart's id", ID, "Cart"),
    ("oid", "The order's id", ID, "Order"),
    ("mid", "The message's id", ID, "ChatMessage"),
    ("user", "The address", "", ""),
    (
        "name",
        "The name of the image, as `thumbnails` has it",
        "",
        "",
    ),
    (
        "small",
        "The name of the image, as `thumbnails` has it, and `.webp`",
        "\\.webp$",
        "",
    ),
    ("width", "The width in pixels", "^(320|960)$", ""),
];
const ID: &str = "^[0-9A-Fa-f]{24}$";
pub(super) const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

/// The document with all that its operations do not say of themselves.
pub(super) fn completed(mut document: Value) -> Value {
    expand_patterns(&mut document);
    for_each_operation(&mut document, |_, _, operation| {
        say_what_may_be_left_out(operation)
    });
    close_bodies(&mut document);
    let targets = link_targets(&document);
    for_each_operation(&mut document, |path, method, operation| {
        add_path_parameters(path, operation);
        add_problems(operation);
        add_headers(operation);
        add_forms(operation);
        add_encodings(operation);
        add_links(method, operation, &targets);
    });
    offer_forms_only_where_flat(&mut document);
    let components = &mut document["components"];
    components["securitySchemes"] = json!({ "admin": {
        "type": "http", "scheme": "bearer",
        "description": "The admin token that the server was started with."
    }});
    components["headers"] = headers();
    document
}

fn for_each_operation(document: &mut Value, mut work: impl FnMut(&str, &str, &mut Value)) {
    let Some(paths) = document["paths"].as_object_mut() else {
        return;
    };
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                work(path, method, operation);
            }
        }
    }
}

/// What may be left out is not thereby allowed to be null: of parameters and bodies only the types stay.
fn say_what_may_be_left_out(operation: &mut Value) {
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let types = parameter["schema"]["type"].as_array();
        if let Some(kind) = types.and_then(|types| types.iter().find(|kind| *kind != "null")) {
            parameter["schema"]["type"] = kind.clone();
        }
    }
    if let Some(schema) = operation.pointer_mut("/requestBody/content/application~1json/schema") {
        let either = schema["oneOf"].as_array();
        if let Some(kind) =
            either.and_then(|kinds| kinds.iter().find(|kind| kind.get("$ref").is_some()))
        {
            *schema = kind.clone();
        }
    }
}

pub(super) fn expand_patterns(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some((_, pattern)) = PATTERNS.iter().find(|(name, _)| text == name) {
                *text = (*pattern).to_owned();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(expand_patterns),
        Value::Object(members) => members.values_mut().for_each(expand_patterns),
        _ => {}
    }
}

/// Members that nobody knows are refused: bodies have those that are described alone.
fn close_bodies(document: &mut Value) {
    let mut open: Vec<String> = Vec::new();
    for_each_operation(document, |_, _, operation| {
        let body = operation.get("requestBody").cloned().unwrap_or_default();
        references(&body, &mut open);
    });
    while let Some(name) = open.pop() {
        let schema = &mut document["components"]["schemas"][&name];
        if schema.get("additionalProperties").is_none() {
            schema["additionalProperties"] = false.into();
            references(schema, &mut open);
        }
    }
}

/// The names of schemas that a value refers to.
fn references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        Value::Object(members) => {
            let target = members.get("$ref").and_then(Value::as_str);
            names.extend(
                target
                    .and_then(|path| path.rsplit('/').next())
                    .map(str::to_owned),
            );
            members
                .values()
                .for_each(|member| references(member, names));
        }
        _ => {}
    }
}

fn add_path_parameters(path: &str, operation: &mut Value) {
    let named = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let is_small = path.contains("{width}");
    for name in named {
        let entry = if is_small && name == "name" {
            "small"
        } else {
            name
        };
        let part = PARTS.iter().find(|(part, ..)| *part == entry);
        let (_, meaning, pattern, _) =
            part.expect("every part of a path is in the table, which a test reads");
        let mut schema = json!({ "type": "string" });
        if !pattern.is_empty() {
            schema["pattern"] = (*pattern).into();
        }
        push(
            operation,
            "parameters",
            json!({
                "name": name, "in": "path", "required": true, "description": meaning, "schema": schema
            }),
        );
    }
}

fn push(operation: &mut Value, list: &str, item: Value) {
    match operation.get_mut(list).and_then(Value::as_array_mut) {
        Some(items) => items.push(item),
        None => operation[list] = vec![item].into(),
    }
}

/// The words of an operation: its own, and what its parts bring with them.
fn codes(operation: &mut Value) -> Vec<String> {
    let own = operation
        .as_object_mut()
        .and_then(|members| members.remove("x-problems"));
    let mut codes: Vec<String> = own
        .as_ref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|code| code.as_str().map(str::to_owned))
        .collect();
    let mut add = |more: &[&str]| codes.extend(more.iter().map(|code| (*code).to_owned()));
    if operation.get("security").is_some() {
        add(&problems::WITH_ADMIN);
    }
    if operation.get("requestBody").is_some() {
        add(&problems::WITH_BODY);
    }
    if has_parameter(operation, "Idempotency-Key") {
        add(&problems::WITH_KEY);
    }
    if has_parameter(operation, "If-Match") {
        add(&problems::WITH_VERSION);
    }
    add(&problems::ALWAYS);
    codes
}

fn has_parameter(operation: &Value, name: &str) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    parameters.is_some_and(|all| all.iter().any(|parameter| parameter["name"] == name))
}

/// One response for each status that the words have, which says what each means.
fn add_problems(operation: &mut Value) {
    let codes = codes(operation);
    let mut by_status: std::collections::BTreeMap<u16, Vec<&problems::ProblemCode>> =
        std::collections::BTreeMap::new();
    for problem in codes.iter().map(|code| problems::of(code)) {
        by_status.entry(problem.status).or_default().push(problem);
    }
    for (status, found) in by_status {
        let sentences: Vec<_> = found
            .iter()
            .map(|problem| format!("`{}`: {}.", problem.code, problem.meaning))
            .collect();
        let words: Vec<_> = found.iter().map(|problem| problem.code).collect();
        let mut response = json!({
            "description": sentences.join(" "),
            "content": { "application/problem+json": { "schema": { "allOf": [
                { "$ref": "#/components/schemas/Problem" },
                { "properties": { "status": { "const": status }, "code": { "enum": words } } },
            ] } } },
        });
        match status {
            401 => response["headers"] = refer("WWW-Authenticate"),
            429 | 503 => response["headers"] = refer("Retry-After"),
            _ => {}
        }
        operation["responses"][status.to_string()] = response;
    }
}

fn refer(header: &str) -> Value {
    json!({ header: { "$ref": format!("#/components/headers/{header}") } })
}

fn headers() -> Value {
    let header = |meaning: &str| json!({ "description": meaning, "schema": { "type": "string" } });
    json!({
        "Retry-After": { "description": "Seconds to wait before the next try", "required": true,
            "schema": { "type": "integer", "minimum": 1 } },
        "WWW-Authenticate": header("`Bearer`"),
        "Idempotent-Replayed": { "description": "`true` on an answer that was given before",
            "schema": { "const": "true" } },
        "X-Request-Id": header("The id of this request in the server's log: the client's own, or a new one"),
    })
}

/// What any answer may carry.
fn add_headers(operation: &mut Value) {
    let has_key = has_parameter(operation, "Idempotency-Key");
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    for (status, response) in responses {
        if response.get("headers").is_none() {
            response["headers"] = json!({});
        }
        let is_kept = status.starts_with('2') || matches!(&**status, "400" | "404" | "409" | "412");
        let names = [
            ("X-Request-Id", true),
            ("Idempotent-Replayed", has_key && is_kept),
        ];
        for (name, _) in names.iter().filter(|(_, has)| *has) {
            response["headers"][name] = json!({ "$ref": format!("#/components/headers/{name}") });
        }
    }
}

/// What is read as JSON is read as a form as well.
fn add_forms(operation: &mut Value) {
    if let Some(content) = operation
        .pointer_mut("/requestBody/content")
        .and_then(Value::as_object_mut)
        && let Some(json) = content.get("application/json").cloned()
    {
        content.insert("application/x-www-form-urlencoded".into(), json);
    }
}

/// What the parts of a form with files hold.
fn add_encodings(operation: &mut Value) {
    if let Some(form) = operation.pointer_mut("/requestBody/content/multipart~1form-data") {
        form["encoding"] =
            json!({ "img": { "contentType": "image/png, image/jpeg, image/webp, image/gif" } });
    }
}

/// A list of objects has no form.
fn offer_forms_only_where_flat(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    for_each_operation(document, |_, _, operation| {
        let Some(content) = operation
            .pointer_mut("/requestBody/content")
            .and_then(Value::as_object_mut)
        else {
            return;
        };
        let Some(form) = content.get("application/x-www-form-urlencoded") else {
            return;
        };
        let mut names = Vec::new();
        references(form, &mut names);
        let mut inner = Vec::new();
        names
            .iter()
            .for_each(|name| references(&schemas[name], &mut inner));
        if !inner.is_empty() {
            content.remove("application/x-www-form-urlencoded");
        }
    });
}

/// What can be asked for next, by the type of the payload: operations and the part of their path that takes its id.
fn link_targets(document: &Value) -> Map<String, Value> {
    let mut targets = Map::new();
    let paths = document["paths"].as_object().into_iter().flatten();
    for (path, item) in paths {
        for (part, _, _, noun) in PARTS.iter().filter(|(_, _, _, noun)| !noun.is_empty()) {
            let holds_it_alone =
                path.matches('{').count() == 1 && path.contains(&format!("{{{part}}}"));
            if !holds_it_alone {
                continue;
            }
            let operations = METHODS.iter().filter_map(|method| item.get(method));
            for operation in operations {
                let of_noun = targets.entry(*noun).or_insert_with(|| json!({}));
                if let Some(id) = operation["operationId"].as_str() {
                    of_noun[id] = json!({ "operationId": id,
                        "parameters": { *part: "$response.body#/payload/_id" } });
                }
            }
        }
    }
    targets
}

/// Leads from an answer that shows something new to what can be done with it.
fn add_links(method: &str, operation: &mut Value, targets: &Map<String, Value>) {
    if method != "post" {
        return;
    }
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    for (_, response) in responses.iter_mut().filter(|(status, _)| *status == "201") {
        let reference = response.pointer("/content/application~1json/schema/$ref");
        let reference = reference
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        for (noun, links) in targets {
            if reference.ends_with(&format!("_{noun}")) {
                response["links"] = links.clone();
            }
        }
    }
}
