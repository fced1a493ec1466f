//! A small client of WebDriver (W3C Recommendation) for chromedriver: what the browser tests need, and no more.

use crate::chromedriver::{Driver, Refused, send};
use crate::skip::skip;
use anyhow::{Context, Result, bail};
use base64::Engine;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use ureq::Agent;

/// The browser's flags: the same file as for the wasm tests.
const CAPABILITIES: &str = include_str!("../../web/ui/webdriver.json");

/// The key under which WebDriver names an element.
const ELEMENT_KEY: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The longest that one command may take; a page that loads is waited for with [`Browser::wait_until`] instead.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(120);

/// A headless browser, with one tab at first. Dropping it ends the browser and its driver.
pub struct Browser {
    agent: Agent,
    /// The session's address, `http://127.0.0.1:PORT/session/ID`.
    session: String,
    _driver: Driver,
}

/// An element of the page.
pub struct Element<'a> {
    browser: &'a Browser,
    id: String,
}

/// A line of the browser's console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleLine {
    /// `SEVERE`, `WARNING`, `INFO` or `DEBUG`.
    pub level: String,
    /// The message with the address and line that it came from.
    pub message: String,
}

impl Browser {
    /// Starts a browser; skips the test if this machine has none.
    ///
    /// # Panics
    /// If there is none and CI=true.
    #[track_caller]
    pub fn start_or_skip() -> Result<Option<Self>> {
        Self::start_or_skip_with(&[])
    }

    /// As [`Browser::start_or_skip`], with more flags for the browser.
    ///
    /// # Panics
    /// If there is none and CI=true.
    #[track_caller]
    pub fn start_or_skip_with(flags: &[&str]) -> Result<Option<Self>> {
        match Self::start_with(flags) {
            Ok(browser) => Ok(Some(browser)),
            Err(error) => {
                skip(&format!("{error:#}"));
                Ok(None)
            }
        }
    }

    /// Starts chromedriver (`CHROMEDRIVER`, or from `PATH`) at a free port, and a browser with an empty profile.
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    fn start_with(flags: &[&str]) -> Result<Self> {
        let (driver, address) = Driver::start()?;
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(COMMAND_TIMEOUT));
        let agent = config.build().new_agent();
        let mut capabilities: Value = serde_json::from_str(CAPABILITIES)?;
        let arguments = capabilities["goog:chromeOptions"]["args"].as_array_mut().context("flags of the browser")?;
        arguments.extend(flags.iter().map(|&flag| flag.into()));
        capabilities["goog:loggingPrefs"] = json!({"browser": "ALL"});
        // As long as a command may take: the browser's own half minute is short on a busy machine.
        capabilities["timeouts"] = json!({"script": COMMAND_TIMEOUT.as_millis() as u64});
        let body = json!({"capabilities": {"alwaysMatch": capabilities}});
        let answer =
            send(&agent, "POST", &format!("{address}/session"), Some(&body)).context("cannot start Chromium")?;
        let id = answer["sessionId"].as_str().context("chromedriver named no session")?;
        Ok(Self { session: format!("{address}/session/{id}"), agent, _driver: driver })
    }

    /// Opens an address and waits for the page's load event.
    pub fn goto(&self, url: &str) -> Result<()> {
        self.post("url", &json!({"url": url})).map(drop)
    }

    /// Opens the page that is shown once more and waits for its load event.
    pub fn reload(&self) -> Result<()> {
        self.post("refresh", &json!({})).map(drop)
    }

    /// Opens an empty tab, whose name it gives, and turns to it.
    pub fn open_tab(&self) -> Result<String> {
        let answer = self.post("window/new", &json!({"type": "tab"}))?;
        let tab = answer["handle"].as_str().context("chromedriver named no tab")?.to_owned();
        self.turn_to(&tab)?;
        Ok(tab)
    }

    /// The name of the tab that all other calls go to.
    pub fn tab(&self) -> Result<String> {
        let answer = self.command("GET", "window", None)?;
        Ok(answer.as_str().context("chromedriver named no tab")?.to_owned())
    }

    /// Turns to a tab; all other calls go to it.
    pub fn turn_to(&self, tab: &str) -> Result<()> {
        self.post("window", &json!({"handle": tab})).map(drop)
    }

    /// The first element that matches a CSS selector.
    pub fn find(&self, css: &str) -> Result<Element<'_>> {
        let missing = || Refused { code: "no such element".into(), message: format!("the page has no {css}") };
        Ok(self.find_all(css)?.into_iter().next().ok_or_else(missing)?)
    }

    /// All elements that match a CSS selector.
    pub fn find_all(&self, css: &str) -> Result<Vec<Element<'_>>> {
        let found = self.post("elements", &json!({"using": "css selector", "value": css}))?;
        let ids = found.as_array().into_iter().flatten().filter_map(|element| element[ELEMENT_KEY].as_str());
        Ok(ids.map(|id| Element { browser: self, id: id.to_owned() }).collect())
    }

    /// Runs the body of a function in the page, with `arguments`, and gives what it returns.
    pub fn execute(&self, body: &str, arguments: Value) -> Result<Value> {
        self.post("execute/sync", &json!({"script": body, "args": arguments}))
    }

    /// As [`Browser::execute`], for a body that awaits.
    pub fn execute_async(&self, body: &str, arguments: Value) -> Result<Value> {
        self.execute(&format!("return (async (...arguments) => {{ {body} }})(...arguments)"), arguments)
    }

    /// Runs `body` in every page that is opened from now on, before the page's own scripts.
    pub fn execute_on_new_pages(&self, body: &str) -> Result<()> {
        self.cdp("Page.addScriptToEvaluateOnNewDocument", json!({"source": body})).map(drop)
    }

    /// Asks ten times a second until `condition` gives something; fails, with `what` in the message, after `timeout`.
    pub fn wait_until<T>(
        &self,
        what: &str,
        timeout: Duration,
        mut condition: impl FnMut() -> Result<Option<T>>,
    ) -> Result<T> {
        let begin = Instant::now();
        loop {
            let refused = match condition() {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => None,
                // What the condition looks at is perhaps not there yet.
                Err(error) if error.downcast_ref().is_some_and(Refused::may_pass) => Some(error),
                Err(error) => return Err(error.context(format!("while waiting for {what}"))),
            };
            if begin.elapsed() > timeout {
                let text = self.find("body").and_then(|body| body.text()).unwrap_or_default();
                bail!(
                    "no {what} within {} s{}; the page shows:\n{text}\nconsole: {:?}",
                    timeout.as_secs(),
                    refused.map(|error| format!(" ({error})")).unwrap_or_default(),
                    self.console()
                );
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Writes a picture of the page to `path`, as PNG.
    pub fn screenshot(&self, path: &Path) -> Result<()> {
        let answer = self.command("GET", "screenshot", None)?;
        let encoded = answer.as_str().context("chromedriver sent no screenshot")?;
        let png = base64::engine::general_purpose::STANDARD.decode(encoded)?;
        std::fs::write(path, png).with_context(|| format!("cannot write {}", path.display()))
    }

    /// What was logged since the last call, by the page, its workers and the browser about them.
    pub fn console(&self) -> Result<Vec<ConsoleLine>> {
        let lines = self.post("se/log", &json!({"type": "browser"}))?;
        let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let line = |line: &Value| ConsoleLine { level: text(line, "level"), message: text(line, "message") };
        Ok(lines.as_array().into_iter().flatten().map(line).collect())
    }

    /// Sets the page's size in CSS px, as a phone or a desktop would have it.
    pub fn resize(&self, width: u32, height: u32) -> Result<()> {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).map(drop)
    }

    /// A command of the Chrome DevTools Protocol.
    pub fn cdp(&self, command: &str, parameters: Value) -> Result<Value> {
        self.post("goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.command("POST", path, Some(body))
    }

    fn command(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        send(&self.agent, method, &format!("{}/{path}", self.session), body)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser; the driver is ended by its own drop.
        let _ = send(&self.agent, "DELETE", &self.session, None);
    }
}

impl Element<'_> {
    /// Scrolls to the element and clicks on its middle.
    pub fn click(&self) -> Result<()> {
        self.post("click", &json!({})).map(drop)
    }

    /// The text that a visitor sees.
    pub fn text(&self) -> Result<String> {
        let text = self.get("text")?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// An attribute; `None` where the element has none of that name.
    pub fn attribute(&self, name: &str) -> Result<Option<String>> {
        let value = self.get(&format!("attribute/{name}"))?;
        Ok(value.as_str().map(str::to_owned))
    }

    /// Whether a visitor sees the element.
    pub fn is_displayed(&self) -> Result<bool> {
        Ok(self.get("displayed")?.as_bool().unwrap_or(false))
    }

    /// Types into the element; for a file input, the path of the file to choose.
    pub fn send_keys(&self, text: &str) -> Result<()> {
        self.post("value", &json!({"text": text})).map(drop)
    }

    fn get(&self, path: &str) -> Result<Value> {
        self.browser.command("GET", &format!("element/{}/{path}", self.id), None)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.browser.post(&format!("element/{}/{path}", self.id), body)
    }
}
