//! What the browser keeps of the visitor's images, at their request: JSON, and beside it the rows as bytes. What was
//! taught is kept as a head's file ([`HeadFile`]), so that an answer does not write every picture again.

use super::{Image, Picture, Session};
use nadir_core::active::HeadFile;
use nadir_core::protocol::HeadSpace;
use serde::{Deserialize, Serialize};

/// The version of what is kept; another one is not read.
const VERSION: u32 = 1;

/// The visitor's images without their rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    version: u32,
    /// In their order.
    pub images: Vec<KeptImage>,
}

/// An image as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptImage {
    name: String,
    picture: String,
    is_unlike: bool,
}

impl Kept {
    /// Of a session.
    pub fn of(session: &Session) -> Self {
        let kept = |image: &Image| match &image.picture {
            Picture::Address(picture) => {
                let (name, picture) = (image.name.clone(), picture.clone());
                Some(KeptImage { name, picture, is_unlike: image.is_unlike })
            }
            Picture::Tile { .. } => None,
        };
        Self { version: VERSION, images: session.images.iter().filter_map(kept).collect() }
    }

    /// From JSON; `None` if it is of another version or nothing that was kept here.
    pub fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str::<Self>(json).ok().filter(|kept| kept.version == VERSION)
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("what is kept holds only what JSON can hold")
    }

    /// The session again; `values` are the images' rows, `head` is what was taught.
    ///
    /// # Errors
    /// A sentence on what does not fit: it was kept with another network, or is not whole.
    pub fn session(self, space: HeadSpace, values: Vec<f32>, head: Option<&HeadFile>) -> Result<Session, String> {
        let image = |kept: KeptImage| Image {
            name: kept.name,
            picture: Picture::Address(kept.picture),
            is_unlike: kept.is_unlike,
        };
        let mut session = Session::new(space, self.images.into_iter().map(image).collect(), values)?;
        if let Some(head) = head {
            session.import(head).map_err(|error| error.to_string())?;
        }
        Ok(session)
    }
}
