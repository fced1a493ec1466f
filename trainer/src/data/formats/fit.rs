//! What of annotations a format can hold, and what is lost.

use super::annotations::{Annotated, Annotations, Subset};
use super::format::{Format, Holds, Outlines};
use super::shape::Shape;

/// A stated box that is off by less, px, is its polygon's bounds, printed.
const STATED_TOLERANCE: f64 = 1e-3;

/// Counts of what is lost, in the order in which it was first met.
#[derive(Debug, Default)]
struct Losses(Vec<(String, usize)>);

impl Losses {
    fn add(&mut self, what: &str) {
        match self.0.iter_mut().find(|(known, _)| known == what) {
            Some((_, count)) => *count += 1,
            None => self.0.push((what.to_owned(), 1)),
        }
    }
}

/// The annotations as the format can hold them, and a sentence for each kind of thing that is lost.
pub fn fit(annotations: &Annotations, format: Format) -> (Annotations, Vec<String>) {
    let (holds, title) = (format.holds(), format.title());
    let (mut fitted, mut losses) = (annotations.clone(), Losses::default());
    fitted.not_read.clear();
    divide_whole_set(&mut fitted, &mut losses);
    for image in &mut fitted.images {
        if !holds.image_labels && !image.labels.is_empty() {
            image.labels.iter().for_each(|_| losses.add(&format!("labels of whole images are not held by {title}")));
            image.labels.clear();
        }
        image.objects.retain(|object| {
            let has_area = object.shape.has_area();
            if !has_area {
                losses.add("objects without an area are not written");
            }
            has_area
        });
        if holds.outlines == Outlines::Nothing {
            for object in image.objects.drain(..) {
                losses.add("objects became labels of their image");
                image.labels.push(object.class);
            }
        }
        for object in &mut image.objects {
            fit_marks(object, &holds, title, &mut losses);
            fit_shape(object, &holds, title, &mut losses);
            if let Some(size) = image.size_px.filter(|_| !holds.outside) {
                let inside = object.shape.clamped(size);
                if inside != object.shape {
                    losses.add(&format!("objects were cut off at their image's border, as {title} needs it"));
                    object.shape = inside;
                }
            }
        }
        // What lay wholly outside has no area left.
        image.objects.retain(|object| {
            object.shape.has_area() || {
                losses.add("objects outside their image are not written");
                false
            }
        });
        image.labels.sort_unstable();
        image.labels.dedup();
    }
    let mut sentences: Vec<String> = losses.0.iter().map(|(what, count)| format!("{what}: {count}")).collect();
    if !holds.unused_classes {
        sentences.extend(drop_unused_classes(&mut fitted).map(|unused| {
            format!("classes that occur nowhere are not held by {title}: {} ({})", unused.len(), unused.join(", "))
        }));
    }
    (fitted, sentences)
}

/// A set is divided as a whole or not at all: folders and lists have no place for images of no subset.
fn divide_whole_set(annotations: &mut Annotations, losses: &mut Losses) {
    if annotations.images.iter().any(|image| image.subset.is_some()) {
        for image in annotations.images.iter_mut().filter(|image| image.subset.is_none()) {
            losses.add("images of no subset are written as train");
            image.subset = Some(Subset::Train);
        }
    }
}

fn fit_marks(object: &mut Annotated, holds: &Holds, title: &str, losses: &mut Losses) {
    for (mark, is_held, name) in [
        (&mut object.difficult, holds.difficult, "difficult"),
        (&mut object.truncated, holds.truncated, "truncated"),
        (&mut object.occluded, holds.occluded, "occluded"),
        (&mut object.crowd, holds.crowd, "iscrowd"),
    ] {
        if *mark && !is_held {
            losses.add(&format!("{name} is not held by {title}"));
            *mark = false;
        }
    }
    if object.score.is_some() && !holds.score {
        losses.add(&format!("scores are not held by {title}"));
        object.score = None;
    }
}

fn fit_shape(object: &mut Annotated, holds: &Holds, title: &str, losses: &mut Losses) {
    let (shape, bounds) = (&object.shape, object.bounds());
    let replaced = match holds.outlines {
        Outlines::Nothing => None,
        Outlines::Boxes => {
            if !shape.is_upright_box() {
                losses.add(match shape {
                    Shape::Quad(_) => "oriented boxes became upright boxes",
                    _ => "polygons became boxes",
                });
            }
            Some(Shape::Box(bounds))
        }
        Outlines::Quads => Some(Shape::Quad(shape.as_quad().unwrap_or_else(|| {
            losses.add("polygons became the smallest oriented boxes around them");
            shape.smallest_rectangle()
        }))),
        Outlines::Ring | Outlines::Polygons { parts: false } if shape.as_ring().is_none() => {
            losses.add(&format!("polygons of several parts became boxes, as {title} holds one part"));
            Some(Shape::Box(bounds))
        }
        Outlines::Ring | Outlines::Polygons { .. } => None,
    };
    if let Some(replaced) = replaced {
        object.shape = replaced;
        object.stated_box = None;
    }
    if !holds.stated_boxes
        && let Some(stated) = object.stated_box.take()
        && !Shape::Box(stated).is_same(&Shape::Box(object.shape.bounds()), STATED_TOLERANCE)
    {
        losses.add(&format!("boxes that differ from their polygon's bounds are not held by {title}"));
    }
}

/// The names that were dropped, if any were.
fn drop_unused_classes(annotations: &mut Annotations) -> Option<Vec<String>> {
    let mut is_used = vec![false; annotations.classes.len()];
    for image in &annotations.images {
        image.objects.iter().map(|object| object.class).chain(image.labels.iter().copied()).for_each(|class| {
            is_used[class] = true;
        });
    }
    let mut place = Vec::with_capacity(is_used.len());
    let (mut kept, mut unused) = (Vec::new(), Vec::new());
    for (class, is_used) in annotations.classes.drain(..).zip(&is_used) {
        place.push(kept.len());
        if *is_used { kept.push(class) } else { unused.push(class) }
    }
    annotations.classes = kept;
    for image in &mut annotations.images {
        image.objects.iter_mut().for_each(|object| object.class = place[object.class]);
        image.labels.iter_mut().for_each(|label| *label = place[*label]);
    }
    (!unused.is_empty()).then_some(unused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::formats::annotations::AnnotatedImage;

    #[test]
    fn what_is_lost_is_counted_and_said() {
        let star = Shape::Polygons(vec![vec![[1.0, 1.0], [9.0, 2.0], [5.0, 8.0]]]);
        let square = Shape::Polygons(vec![vec![[1.0, 1.0], [3.0, 1.0], [3.0, 4.0], [1.0, 4.0]]]);
        let turned = Shape::Quad([[5.0, 0.0], [10.0, 5.0], [5.0, 10.0], [0.0, 5.0]]);
        let nothing = Shape::Box([3.0, 3.0, 3.0, 9.0]);
        let outside = Shape::Box([-2.0, 3.0, 4.0, 30.0]);
        let objects = [star, square, turned, nothing, outside].map(|shape| Annotated::new(1, shape));
        let mut image = AnnotatedImage {
            name: "a.png".to_owned(),
            size_px: Some([10, 12]),
            objects: objects.to_vec(),
            labels: vec![0],
            ..AnnotatedImage::default()
        };
        image.objects[1].difficult = true;
        let set = Annotations {
            classes: ["unused", "ship"].map(str::to_owned).to_vec(),
            images: vec![image],
            ..Annotations::default()
        };
        let (fitted, said) = fit(&set, Format::Yolo);
        assert_eq!(
            said,
            [
                "labels of whole images are not held by YOLO: 1",
                "objects without an area are not written: 1",
                "polygons became boxes: 1",
                "difficult is not held by YOLO: 1",
                "oriented boxes became upright boxes: 1",
                "objects were cut off at their image's border, as YOLO needs it: 1",
            ]
        );
        let boxes: Vec<_> = fitted.images[0].objects.iter().map(|object| object.shape.bounds()).collect();
        assert_eq!(boxes, [[1.0, 1.0, 9.0, 8.0], [1.0, 1.0, 3.0, 4.0], [0.0, 0.0, 10.0, 10.0], [0.0, 3.0, 4.0, 12.0]]);
        let (fitted, said) = fit(&set, Format::Dota);
        assert!(said.contains(&"classes that occur nowhere are not held by DOTA: 1 (unused)".to_owned()), "{said:?}");
        assert_eq!((fitted.classes, fitted.images[0].objects[0].class), (vec!["ship".to_owned()], 0));
        let (fitted, said) = fit(&set, Format::Csv);
        assert_eq!((fitted.images[0].labels.as_slice(), fitted.images[0].objects.len()), ([0, 1].as_slice(), 0));
        assert_eq!(said, ["objects without an area are not written: 1", "objects became labels of their image: 4"]);
        assert!(fit(&set, Format::Coco).1.len() == 2, "only the image's label and the empty box");
    }
}
