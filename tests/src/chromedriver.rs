//! The chromedriver process, and the requests to it.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use ureq::Agent;

/// A chromedriver process; dropping it ends it.
pub struct Driver(Child);

impl Driver {
    /// Starts `CHROMEDRIVER`, or chromedriver from `PATH`, at a free port; gives its address too.
    pub fn start() -> Result<(Self, String)> {
        let program = std::env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let child = Command::new(&program).arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let child = child.with_context(|| {
            format!("the browser tests need Chromium and chromedriver; cannot start {}", program.to_string_lossy())
        })?;
        let mut driver = Self(child);
        let stdout = driver.0.stdout.take().context("chromedriver has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        while let Some(line) = lines.next().transpose()? {
            // "ChromeDriver was started successfully on port 39557."
            if let Some((_, port)) = line.split_once("successfully on port ") {
                let port: u16 = port.trim_end_matches('.').parse().with_context(|| format!("in {line:?}"))?;
                // Read on, so that chromedriver never waits for space in the pipe.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok((driver, format!("http://127.0.0.1:{port}")));
            }
        }
        bail!("chromedriver ended before it listened")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone after this.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends a command; gives the `value` of the answer, or WebDriver's error.
pub fn send(agent: &Agent, method: &str, url: &str, body: Option<&Value>) -> Result<Value> {
    let sent = match (method, body) {
        ("POST", body) => {
            let body = body.map_or_else(|| "{}".to_owned(), Value::to_string);
            agent.post(url).content_type("application/json; charset=utf-8").send(body)
        }
        ("DELETE", _) => agent.delete(url).call(),
        _ => agent.get(url).call(),
    };
    let mut response = sent.with_context(|| format!("{method} {url}"))?;
    let is_ok = response.status().is_success();
    // A screenshot of a large page is some MB.
    let text = response.body_mut().with_config().limit(200_000_000).read_to_string()?;
    let mut answer: Value = serde_json::from_str(&text).with_context(|| format!("{method} {url} answered {text:?}"))?;
    let value = answer["value"].take();
    if is_ok {
        return Ok(value);
    }
    let part = |key: &str| value[key].as_str().unwrap_or_default().lines().next().unwrap_or_default().to_owned();
    Err(Refused { code: part("error"), message: part("message") }.into())
}

/// An error of WebDriver.
#[derive(Debug)]
pub struct Refused {
    /// WebDriver's error code, for example `javascript error`.
    pub code: String,
    /// The first line of its message.
    pub message: String,
}

impl Refused {
    /// Whether a page that is still being loaded or drawn anew gives it too.
    pub fn may_pass(&self) -> bool {
        ["javascript error", "no such element", "stale element reference"].contains(&self.code.as_str())
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refused {}
