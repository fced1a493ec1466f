// Pictures and rectangles, each a strip of two triangles, in px of the canvas from its upper left corner.

struct View {
    size: vec2f,
}

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var filtering: sampler;
@group(1) @binding(0) var picture: texture_2d<f32>;

fn corner(index: u32, at: vec4f) -> vec2f {
    return mix(at.xy, at.zw, vec2f(f32(index & 1u), f32(index >> 1u)));
}

fn on_canvas(place: vec2f) -> vec4f {
    return vec4f(place / view.size * vec2f(2.0, -2.0) + vec2f(-1.0, 1.0), 0.0, 1.0);
}

struct PictureVertex {
    @builtin(position) position: vec4f,
    @location(0) place: vec2f,
    @location(1) @interpolate(flat) part: vec4f,
}

@vertex
fn place_picture(@builtin(vertex_index) index: u32, @location(0) at: vec4f, @location(1) part: vec4f) -> PictureVertex {
    return PictureVertex(on_canvas(corner(index, at)), corner(index, part), part);
}

@fragment
fn show_picture(vertex: PictureVertex) -> @location(0) vec4f {
    // Not beyond the middle of the outermost pixels, so that nothing of what lies beside the part is mixed in.
    let half = min(vec2f(0.5), (vertex.part.zw - vertex.part.xy) / 2.0);
    let place = clamp(vertex.place, vertex.part.xy + half, vertex.part.zw - half);
    return textureSampleLevel(picture, filtering, place / vec2f(textureDimensions(picture)), 0.0);
}

struct RectangleVertex {
    @builtin(position) position: vec4f,
    @location(0) @interpolate(flat) at: vec4f,
    @location(1) @interpolate(flat) stroke: f32,
    @location(2) @interpolate(flat) colour: vec4f,
}

@vertex
fn place_rectangle(
    @builtin(vertex_index) index: u32,
    @location(0) at: vec4f,
    @location(1) stroke: f32,
    @location(2) colour: vec4f,
) -> RectangleVertex {
    // With the half px that an edge between two pixels covers.
    let reach = stroke / 2.0 + 0.5;
    let outer = at + vec4f(-reach, -reach, reach, reach);
    return RectangleVertex(on_canvas(corner(index, outer)), at, stroke, colour);
}

// The share of the px around a place that lies in a rectangle.
fn share(place: vec2f, at: vec4f) -> f32 {
    let sides = max(min(place + 0.5, at.zw) - max(place - 0.5, at.xy), vec2f(0.0));
    return sides.x * sides.y;
}

@fragment
fn show_rectangle(vertex: RectangleVertex) -> @location(0) vec4f {
    let half = vec4f(-1.0, -1.0, 1.0, 1.0) * vertex.stroke / 2.0;
    var covered = share(vertex.position.xy, vertex.at + half);
    if vertex.stroke > 0.0 {
        covered -= share(vertex.position.xy, vertex.at - half);
    }
    let opacity = vertex.colour.a * covered;
    return vec4f(vertex.colour.rgb * opacity, opacity);
}
