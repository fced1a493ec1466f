//! Label Studio's labelling configuration: which classes there are, in which order.

use super::annotations::Annotations;
use super::shape::Shape;
use super::xml::escaped;
use anyhow::Result;
use std::path::Path;

/// Names of the configuration's tags, which the results refer to.
pub const IMAGE: &str = "image";
pub const BOXES: &str = "boxes";
pub const POLYGONS: &str = "polygons";
pub const CHOICES: &str = "labels";

/// The file's name.
pub const CONFIG_FILE: &str = "label_config.xml";

/// The classes of a configuration, in its order; `None` if there is no file.
pub fn classes(path: &Path) -> Result<Option<Vec<String>>> {
    if !path.is_file() {
        return Ok(None);
    }
    let found = super::xml::read(path, "View", |root| {
        let named = root.descendants().filter(|node| node.has_tag_name("Label") || node.has_tag_name("Choice"));
        let mut classes: Vec<String> = Vec::new();
        for name in named.filter_map(|node| node.attribute("value")) {
            if !classes.iter().any(|class| class == name) {
                classes.push(name.to_owned());
            }
        }
        Ok(classes)
    });
    found.map(Some)
}

/// A configuration with the kinds of labels that these annotations have. The first tag lists every class, so that their
/// order is kept.
pub fn text(annotations: &Annotations) -> String {
    let objects = || annotations.images.iter().flat_map(|image| &image.objects);
    let is_polygon = |shape: &Shape| {
        matches!(shape, Shape::Polygons(_)) || matches!(shape, Shape::Quad(_)) && shape.as_rotated_box().is_none()
    };
    let has_polygons = objects().any(|object| is_polygon(&object.shape));
    let has_boxes = objects().any(|object| !is_polygon(&object.shape));
    let has_choices = annotations.images.iter().any(|image| !image.labels.is_empty());
    let mut text = format!("<View>\n  <Image name=\"{IMAGE}\" value=\"$image\" zoom=\"true\"/>\n");
    let mut tag = |is_there: bool, tag: &str, name: &str, more: &str, item: &str| {
        if is_there {
            text.push_str(&format!("  <{tag} name=\"{name}\" toName=\"{IMAGE}\"{more}>\n"));
            for class in &annotations.classes {
                text.push_str(&format!("    <{item} value=\"{}\"/>\n", escaped(class)));
            }
            text.push_str(&format!("  </{tag}>\n"));
        }
    };
    tag(has_boxes || !has_polygons && !has_choices, "RectangleLabels", BOXES, "", "Label");
    tag(has_polygons, "PolygonLabels", POLYGONS, "", "Label");
    tag(has_choices, "Choices", CHOICES, " choice=\"multiple\"", "Choice");
    text.push_str("</View>\n");
    text
}
