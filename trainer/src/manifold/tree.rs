//! A quadtree over points in the plane, by which far points act together (Barnes & Hut 1986).

/// Squares are not divided further than so often: points that lie closer together count as one place.
const DEEPEST: usize = 32;

/// A square, or a place.
struct Cell {
    /// Mean of its points.
    centre: [f64; 2],
    /// How many they are.
    points: f64,
    /// Its side, squared; below 0 where it is not divided.
    side_squared: f64,
    /// The first cell that is not inside it.
    after: usize,
}

/// The tree, its cells in the order of a walk that enters every cell.
pub(super) struct Tree {
    cells: Vec<Cell>,
    /// The points, those of a square side by side.
    pub order: Vec<u32>,
}

/// What all points do to one, by the kernel q = 1 / (1 + distance^2).
pub(super) struct Repulsion {
    /// Sum of q^2 (place - other).
    pub force: [f64; 2],
    /// Sum of q over the other points.
    pub q: f64,
}

impl Tree {
    pub fn new(points: &[[f64; 2]]) -> Self {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for point in points {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let side = (high[0] - low[0]).max(high[1] - low[1]);
        let middle = [0, 1].map(|axis| (low[axis] + high[axis]) / 2.0);
        let mut tree = Self { cells: Vec::with_capacity(2 * points.len()), order: Vec::new() };
        let mut order: Vec<u32> = (0..points.len() as u32).collect();
        tree.add(points, &mut order, middle, side, 0);
        tree.order = order;
        tree
    }

    /// Adds the square of the points in `order` and what is inside it; sorts `order` by quadrants.
    fn add(&mut self, points: &[[f64; 2]], order: &mut [u32], middle: [f64; 2], side: f64, depth: usize) {
        if order.is_empty() {
            return;
        }
        let mut sum = [0.0; 2];
        for &at in order.iter() {
            sum[0] += points[at as usize][0];
            sum[1] += points[at as usize][1];
        }
        let count = order.len() as f64;
        let at = self.cells.len();
        let divided = order.len() > 1 && depth < DEEPEST && side > 0.0;
        let side_squared = if divided { side * side } else { -1.0 };
        self.cells.push(Cell { centre: sum.map(|sum| sum / count), points: count, side_squared, after: 0 });
        if divided {
            let quarter = side / 4.0;
            let (below, above) = partition(order, |at| points[at as usize][1] < middle[1]);
            for (half, y) in [(below, middle[1] - quarter), (above, middle[1] + quarter)] {
                let (left, right) = partition(half, |at| points[at as usize][0] < middle[0]);
                self.add(points, left, [middle[0] - quarter, y], side / 2.0, depth + 1);
                self.add(points, right, [middle[0] + quarter, y], side / 2.0, depth + 1);
            }
        }
        self.cells[at].after = self.cells.len();
    }

    /// What the tree's points do to one of them: cells whose side is below `theta` times their distance act as one
    /// point (van der Maaten 2014, equation 9).
    pub fn repulsion(&self, point: [f64; 2], theta: f64) -> Repulsion {
        let mut sum = Repulsion { force: [0.0; 2], q: 0.0 };
        let mut at = 0;
        while let Some(cell) = self.cells.get(at) {
            let away = [point[0] - cell.centre[0], point[1] - cell.centre[1]];
            let squared = away[0] * away[0] + away[1] * away[1];
            if cell.side_squared < theta * theta * squared {
                let q = 1.0 / (1.0 + squared);
                sum.q += cell.points * q;
                sum.force[0] += cell.points * q * q * away[0];
                sum.force[1] += cell.points * q * q * away[1];
                at = cell.after;
            } else {
                at += 1;
            }
        }
        // The point itself, at distance 0, was among them.
        sum.q -= 1.0;
        sum
    }
}

/// Those that fulfil `first` before the others.
fn partition(order: &mut [u32], first: impl Fn(u32) -> bool) -> (&mut [u32], &mut [u32]) {
    let mut firsts = 0;
    for at in 0..order.len() {
        if first(order[at]) {
            order.swap(firsts, at);
            firsts += 1;
        }
    }
    order.split_at_mut(firsts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::rng::Rng;

    fn points(count: usize) -> Vec<[f64; 2]> {
        let mut rng = Rng::from_name("tree");
        let mut points: Vec<[f64; 2]> = (0..count).map(|_| [rng.normal() * 3.0, rng.normal()]).collect();
        // Places that many points share, as embeddings of equal images do.
        for at in 0..count / 10 {
            points[at] = points[count - 1];
        }
        points
    }

    fn exact(points: &[[f64; 2]], of: usize) -> Repulsion {
        let mut sum = Repulsion { force: [0.0; 2], q: 0.0 };
        for (at, other) in points.iter().enumerate() {
            let away = [points[of][0] - other[0], points[of][1] - other[1]];
            let q = 1.0 / (1.0 + away[0] * away[0] + away[1] * away[1]);
            if at != of {
                sum.q += q;
                sum.force = [0, 1].map(|axis| sum.force[axis] + q * q * away[axis]);
            }
        }
        sum
    }

    #[test]
    fn with_theta_0_every_point_counts_by_itself() {
        let points = points(300);
        let tree = Tree::new(&points);
        for (at, &point) in points.iter().enumerate() {
            let (computed, expected) = (tree.repulsion(point, 0.0), exact(&points, at));
            assert!((computed.q - expected.q).abs() < 1e-9, "point {at}");
            assert!((0..2).all(|axis| (computed.force[axis] - expected.force[axis]).abs() < 1e-9), "point {at}");
        }
    }

    #[test]
    fn with_theta_one_half_the_sums_are_within_some_percent() {
        let points = points(2000);
        let tree = Tree::new(&points);
        let all: f64 = (0..points.len()).map(|at| exact(&points, at).q).sum();
        let computed: f64 = points.iter().map(|&point| tree.repulsion(point, 0.5).q).sum();
        assert!((computed / all - 1.0).abs() < 0.01, "{computed} instead of {all}");
    }
}
