//! Files that the visitor drops or pastes anywhere on the page.

use crate::state::{Command, SendCommand, State};
use crate::window::on_window;
use js_sys::Function;
use leptos::ev;
use leptos::prelude::Callable;
use nadir_web_kit::js;
use wasm_bindgen::JsCast;
use web_sys::{DataTransfer, FileList};

/// Listens for as long as the page lives.
pub fn listen(state: State, send: SendCommand) {
    let drag = move |is_over: bool| {
        if state.peek().is_dragging != is_over {
            state.change(|shown| shown.is_dragging = is_over);
        }
    };
    on_window(ev::dragover, move |event| {
        event.prevent_default();
        drag(true);
    });
    // With a related target the pointer has only gone from one element to another.
    on_window(ev::dragleave, move |event| drag(event.related_target().is_some()));
    on_window(ev::drop, move |event| {
        event.prevent_default();
        let dropped = event.data_transfer().and_then(from_transfer);
        send.run(dropped.unwrap_or(Command::NothingDropped));
        drag(false);
    });
    on_window(ev::paste, move |event| {
        if let Some(command) = event.clipboard_data().and_then(from_transfer) {
            event.prevent_default();
            send.run(command);
        }
        drag(false);
    });
}

fn from_transfer(transfer: DataTransfer) -> Option<Command> {
    command(transfer.files()).map(|command| match (folder_name(&transfer), command) {
        (Some(name), _) => Command::FolderDropped(name),
        (None, command) => command,
    })
}

/// The name of what was dropped first, if it is a folder.
fn folder_name(transfer: &DataTransfer) -> Option<String> {
    // By name, as `js::copy`: web-sys' own types for it are three more features.
    let item = js::field(&js::field(transfer, "items"), "0");
    let entry_of: Function = js::field(&item, "webkitGetAsEntry").dyn_into().ok()?;
    let entry = entry_of.call0(&item).ok()?;
    (js::field(&entry, "isDirectory") == true).then(|| js::text(&entry, "name"))?
}

/// One file is shown, several are labelled one after another.
pub fn command(files: Option<FileList>) -> Option<Command> {
    let files = files?;
    let mut all: Vec<_> = (0..files.length()).filter_map(|index| files.get(index)).collect();
    if all.len() > 1 { Some(Command::Files(all)) } else { all.pop().map(Command::File) }
}
