//! The answer to one request.

use super::compressed::Stamp;
use super::files::Files;
use super::locate::{Located, locate};
use axum::body::{Body, Bytes};
use axum::http::header::{self, HeaderName};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use std::fs;
use std::path::Path;

/// The page may load its own files and nothing else; WASM may be compiled, JavaScript may not be made from strings.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
     style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; object-src 'none'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// On every answer, also on errors.
const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Answers a request; its body, if any, is not read.
pub fn answer(files: &Files, request: &Parts) -> Response {
    if request.method != Method::GET && request.method != Method::HEAD {
        let mut response = message(StatusCode::METHOD_NOT_ALLOWED, "405: this server answers GET and HEAD only\n");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match locate(&files.root, request.uri.path()) {
        Located::File(path) => file(files, &path, request).unwrap_or_else(|_| failed()),
        Located::Folder => redirect(&format!("{}/", request.uri.path())),
        Located::Nothing => message(StatusCode::NOT_FOUND, "404: there is no such file here\n"),
        Located::Refused => message(StatusCode::BAD_REQUEST, "400: this path is not one that the server looks up\n"),
    }
}

/// The answer where the server itself went wrong.
pub fn failed() -> Response {
    message(StatusCode::INTERNAL_SERVER_ERROR, "500: the file cannot be read\n")
}

fn file(files: &Files, path: &Path, request: &Parts) -> std::io::Result<Response> {
    let stamp = Stamp::of(path)?;
    let content_type = content_type(path);
    let compressible = is_compressible(&content_type);
    let read = || fs::read(path);
    let accepted = compressible && accepts_brotli(&request.headers);
    // A file that brotli cannot help is sent as it is, under the plain tag.
    let compressed = if accepted { files.compressed.get(path, stamp, read) } else { None };
    let tag = format!("\"{}{}\"", stamp.tag(), if compressed.is_some() { "-br" } else { "" });
    let not_modified = matches_tag(&request.headers, &tag);

    let mut response = match (not_modified, compressed) {
        (true, _) => with_body(StatusCode::NOT_MODIFIED, None),
        (false, Some(bytes)) => {
            let mut response = with_body(StatusCode::OK, Some(bytes));
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
            response
        }
        (false, None) if request.method == Method::HEAD => {
            let mut response = with_body(StatusCode::OK, None);
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(stamp.len));
            response
        }
        (false, None) => with_body(StatusCode::OK, Some(Bytes::from(read()?))),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, value(&content_type));
    headers.insert(header::ETAG, value(&tag));
    // No name holds a hash of its content, so the browser asks each time and is told 304.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if compressible {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    Ok(response)
}

fn redirect(to: &str) -> Response {
    let mut response = message(StatusCode::PERMANENT_REDIRECT, "308: a folder's address ends in /\n");
    response.headers_mut().insert(header::LOCATION, value(to));
    response
}

fn message(status: StatusCode, text: &'static str) -> Response {
    let mut response = with_body(status, Some(Bytes::from_static(text.as_bytes())));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A response with the headers that all have. hyper drops the body of an answer to HEAD and keeps its length.
fn with_body(status: StatusCode, body: Option<Bytes>) -> Response {
    let length = body.as_ref().map(Bytes::len);
    let mut response = Response::new(body.map_or_else(Body::empty, Body::from));
    *response.status_mut() = status;
    for (name, text) in SECURITY_HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(text));
    }
    if let Some(length) = length {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The media type by the file's ending.
fn content_type(path: &Path) -> String {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("js" | "mjs") => "text/javascript; charset=utf-8".to_owned(),
        Some("json") => "application/json; charset=utf-8".to_owned(),
        _ => {
            let guessed = mime_guess::from_path(path).first_or_octet_stream();
            if guessed.type_() == mime_guess::mime::TEXT {
                format!("{guessed}; charset=utf-8")
            } else {
                guessed.to_string()
            }
        }
    }
}

fn is_compressible(content_type: &str) -> bool {
    content_type.starts_with("text/")
        || ["application/json", "application/wasm", "image/svg+xml"].iter().any(|known| content_type.starts_with(known))
}

/// Whether `Accept-Encoding` names `br` without `q=0`.
fn accepts_brotli(headers: &HeaderMap) -> bool {
    list(headers, header::ACCEPT_ENCODING).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let is_brotli = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("br"));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse::<f32>().ok());
        is_brotli && weight.is_some_and(|weight| weight > 0.0)
    })
}

/// Whether `If-None-Match` holds `tag`, by the weak comparison that RFC 9110 asks for here.
fn matches_tag(headers: &HeaderMap, tag: &str) -> bool {
    list(headers, header::IF_NONE_MATCH).any(|item| item == "*" || item.strip_prefix("W/").unwrap_or(item) == tag)
}

fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}
