//! The visitor's files become images to train on, one after another, without keeping the page from drawing.

use crate::own_images::{LEAST, MOST, OwnImages, spread};
use crate::picture;
use nadir_web_kit::files::PickedFile;
use nadir_web_kit::text::learn::own as text;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// The longer side that a file is decoded to, px: enough for the middle square of most pictures.
const DECODED_PX: f64 = 192.0;

/// Which images are trained on, and how far the reading of others is. Clones speak of the same.
#[derive(Clone, Default)]
pub struct Reading {
    own: Rc<RefCell<Option<Rc<OwnImages>>>>,
    /// What the visitor is told of it.
    told: Rc<RefCell<String>>,
    /// Files that were left out, of the last choice.
    refused: Rc<RefCell<Vec<String>>>,
    /// Counts the choices: an older one is given up.
    choice: Rc<Cell<u64>>,
}

impl Reading {
    /// The visitor's images; `None` where scenes are trained on.
    pub fn own(&self) -> Option<Rc<OwnImages>> {
        self.own.borrow().clone()
    }

    /// What is trained on, or how far the reading is.
    pub fn told(&self) -> String {
        self.told.borrow().clone()
    }

    /// Names of the files that were left out.
    pub fn refused(&self) -> Vec<String> {
        self.refused.borrow().clone()
    }

    /// Back to scenes; true where that changes anything.
    pub fn forget(&self) -> bool {
        self.choice.set(self.choice.get() + 1);
        self.told.borrow_mut().clear();
        self.refused.borrow_mut().clear();
        self.own.borrow_mut().take().is_some()
    }

    /// Reads files; `progress` is called after each, `done` once there are enough images.
    pub fn read(&self, files: Vec<PickedFile>, progress: impl Fn() + 'static, done: impl FnOnce() + 'static) {
        let choice = self.choice.get() + 1;
        self.choice.set(choice);
        let reading = self.clone();
        spawn_local(async move {
            let (images, others): (Vec<_>, Vec<_>) = files.into_iter().partition(PickedFile::is_image);
            let mut own = OwnImages { offered: images.len(), ..OwnImages::default() };
            own.refused.extend(others.into_iter().map(|other| other.path));
            let taken = spread(images.len(), MOST);
            for (at, &index) in taken.iter().enumerate() {
                if reading.choice.get() != choice {
                    return;
                }
                reading.tell(text::reading(at, taken.len()));
                progress();
                let PickedFile { path, file } = &images[index];
                match picture::read(file, DECODED_PX).await {
                    Ok(image) => own.push(path.clone(), &image),
                    Err(_) => own.refused.push(path.clone()),
                }
            }
            if reading.choice.get() != choice {
                return;
            }
            *reading.refused.borrow_mut() = own.refused.clone();
            if own.count() < LEAST {
                reading.tell(text::too_few(own.count(), LEAST));
                return progress();
            }
            reading.tell(text::trained_on(own.count(), own.offered));
            *reading.own.borrow_mut() = Some(Rc::new(own));
            done();
        });
    }

    fn tell(&self, words: String) {
        *self.told.borrow_mut() = words;
    }
}
