//! The transforms of one dimension, by the matrices of Lavin and Gray (2016).

use super::super::simd::plus_product;

/// Channels that are transformed at once.
pub(in super::super) const WIDE: usize = 8;

/// A number of each of some channels.
pub(super) type Wide = [f32; WIDE];

/// One dimension of F(`OUT`, 3): `SEEN` values of the input, or of a transformed filter, for `OUT` of the output. The
/// gradients go through the transposed matrices.
pub(in super::super) trait Minimal<const OUT: usize, const SEEN: usize> {
    /// What `B^T` makes of values of the input.
    fn input<const FUSED: bool>(seen: [Wide; SEEN]) -> [Wide; SEEN];

    /// What `G` makes of filters of some output channels.
    fn filter<const LANES: usize>(taps: [[f32; LANES]; 3]) -> [[f32; LANES]; SEEN];

    /// What `A^T` makes of products.
    fn output<const FUSED: bool>(products: [Wide; SEEN]) -> [Wide; OUT];

    /// What `A` makes of gradients by outputs: those by products.
    fn output_gradient<const FUSED: bool>(gradients: [Wide; OUT]) -> [Wide; SEEN];

    /// What `G^T` makes of gradients by transformed filters: those by the filters.
    fn filter_gradient<const LANES: usize>(gradients: [[f32; LANES]; SEEN]) -> [[f32; LANES]; 3];
}

/// F(2x2, 3x3).
#[derive(Debug)]
pub(in super::super) struct Two;

impl Minimal<2, 4> for Two {
    #[inline(always)]
    fn input<const FUSED: bool>([a, b, c, d]: [Wide; 4]) -> [Wide; 4] {
        [minus(a, c), plus(b, c), minus(c, b), minus(b, d)]
    }

    #[inline(always)]
    fn filter<const LANES: usize>([a, b, c]: [[f32; LANES]; 3]) -> [[f32; LANES]; 4] {
        let middle = |sign: f32| std::array::from_fn(|lane| (a[lane] + sign * b[lane] + c[lane]) * 0.5);
        [a, middle(1.0), middle(-1.0), c]
    }

    #[inline(always)]
    fn output<const FUSED: bool>([a, b, c, d]: [Wide; 4]) -> [Wide; 2] {
        [plus(plus(a, b), c), minus(minus(b, c), d)]
    }

    #[inline(always)]
    fn output_gradient<const FUSED: bool>([a, b]: [Wide; 2]) -> [Wide; 4] {
        [a, plus(a, b), minus(a, b), b.map(|b| -b)]
    }

    #[inline(always)]
    fn filter_gradient<const LANES: usize>([a, b, c, d]: [[f32; LANES]; 4]) -> [[f32; LANES]; 3] {
        let of = |factors: [f32; 4]| -> [f32; LANES] {
            std::array::from_fn(|lane| {
                factors[0] * a[lane] + factors[1] * b[lane] + factors[2] * c[lane] + factors[3] * d[lane]
            })
        };
        [of([1.0, 0.5, 0.5, 0.0]), of([0.0, 0.5, -0.5, 0.0]), of([0.0, 0.5, 0.5, 1.0])]
    }
}

/// F(4x4, 3x3).
#[derive(Debug)]
pub(in super::super) struct Four;

impl Minimal<4, 6> for Four {
    #[inline(always)]
    fn input<const FUSED: bool>([a, b, c, d, e, f]: [Wide; 6]) -> [Wide; 6] {
        let outer = times::<FUSED>(times::<FUSED>(e, c, -5.0), a, 4.0);
        let inner = times::<FUSED>(times::<FUSED>(f, d, -5.0), b, 4.0);
        let (even, odd) = (times::<FUSED>(e, c, -4.0), times::<FUSED>(d, b, -4.0));
        let (middle, ends) = (minus(e, c), minus(d, b));
        let [second, third] = [plus(even, odd), minus(even, odd)];
        let [fourth, fifth] = [times::<FUSED>(middle, ends, 2.0), times::<FUSED>(middle, ends, -2.0)];
        [outer, second, third, fourth, fifth, inner]
    }

    #[inline(always)]
    fn filter<const LANES: usize>([a, b, c]: [[f32; LANES]; 3]) -> [[f32; LANES]; 6] {
        let near = |sign: f32| std::array::from_fn(|lane| (a[lane] + sign * b[lane] + c[lane]) * (-1.0 / 6.0));
        let far = |two: f32| std::array::from_fn(|lane| (a[lane] + two * b[lane] + 4.0 * c[lane]) * (1.0 / 24.0));
        [a.map(|a| a * 0.25), near(1.0), near(-1.0), far(2.0), far(-2.0), c]
    }

    #[inline(always)]
    fn output<const FUSED: bool>([a, b, c, d, e, f]: [Wide; 6]) -> [Wide; 4] {
        let (near, near_difference) = (plus(b, c), minus(b, c));
        let (far, far_difference) = (plus(d, e), minus(d, e));
        [
            plus(plus(a, near), far),
            times::<FUSED>(near_difference, far_difference, 2.0),
            times::<FUSED>(near, far, 4.0),
            plus(times::<FUSED>(near_difference, far_difference, 8.0), f),
        ]
    }

    #[inline(always)]
    fn output_gradient<const FUSED: bool>([a, b, c, d]: [Wide; 4]) -> [Wide; 6] {
        let (even, odd) = (plus(a, c), plus(b, d));
        let far_even = times::<FUSED>(a, c, 4.0);
        let far_odd = times::<FUSED>(plus(b, b), d, 8.0);
        [a, plus(even, odd), minus(even, odd), plus(far_even, far_odd), minus(far_even, far_odd), d]
    }

    #[inline(always)]
    fn filter_gradient<const LANES: usize>([a, b, c, d, e, f]: [[f32; LANES]; 6]) -> [[f32; LANES]; 3] {
        let sixth: [f32; LANES] = std::array::from_fn(|lane| (b[lane] + c[lane]) / 6.0);
        let far: [f32; LANES] = std::array::from_fn(|lane| (d[lane] + e[lane]) / 24.0);
        [
            std::array::from_fn(|lane| a[lane] / 4.0 - sixth[lane] + far[lane]),
            std::array::from_fn(|lane| (c[lane] - b[lane]) / 6.0 + (d[lane] - e[lane]) / 12.0),
            std::array::from_fn(|lane| 4.0 * far[lane] - sixth[lane] + f[lane]),
        ]
    }
}

#[inline(always)]
pub(super) fn plus(one: Wide, other: Wide) -> Wide {
    std::array::from_fn(|at| one[at] + other[at])
}

#[inline(always)]
fn minus(one: Wide, other: Wide) -> Wide {
    std::array::from_fn(|at| one[at] - other[at])
}

/// `sum` plus `factor` times `other`.
#[inline(always)]
fn times<const FUSED: bool>(sum: Wide, other: Wide, factor: f32) -> Wide {
    std::array::from_fn(|at| plus_product::<FUSED>(sum[at], other[at], factor))
}
