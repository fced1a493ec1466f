//! Four numbers in a register. Loops over arrays of four are left scalar by the compiler for WASM.

use std::ops::{Add, Sub};

#[cfg(target_arch = "wasm32")]
use core::arch::wasm32::{
    f32x4, f32x4_add, f32x4_extract_lane, f32x4_max, f32x4_min, f32x4_mul, f32x4_splat, f32x4_sub, v128,
};

/// Four f32 in a SIMD register.
#[cfg(target_arch = "wasm32")]
#[derive(Debug, Clone, Copy)]
pub(super) struct Four(v128);

#[cfg(target_arch = "wasm32")]
impl Four {
    pub fn new([a, b, c, d]: [f32; 4]) -> Self {
        Self(f32x4(a, b, c, d))
    }

    pub fn splat(value: f32) -> Self {
        Self(f32x4_splat(value))
    }

    pub fn plus_product(self, one: Self, other: Self) -> Self {
        Self(f32x4_add(self.0, f32x4_mul(one.0, other.0)))
    }

    pub fn max(self, other: Self) -> Self {
        Self(f32x4_max(self.0, other.0))
    }

    pub fn min(self, other: Self) -> Self {
        Self(f32x4_min(self.0, other.0))
    }

    pub fn values(self) -> [f32; 4] {
        let Self(four) = self;
        [
            f32x4_extract_lane::<0>(four),
            f32x4_extract_lane::<1>(four),
            f32x4_extract_lane::<2>(four),
            f32x4_extract_lane::<3>(four),
        ]
    }
}

#[cfg(target_arch = "wasm32")]
impl Add for Four {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(f32x4_add(self.0, other.0))
    }
}

#[cfg(target_arch = "wasm32")]
impl Sub for Four {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(f32x4_sub(self.0, other.0))
    }
}

/// As in WASM, for the tests that run natively.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug, Clone, Copy)]
pub(super) struct Four([f32; 4]);

#[cfg(not(target_arch = "wasm32"))]
impl Four {
    pub fn new(values: [f32; 4]) -> Self {
        Self(values)
    }

    pub fn splat(value: f32) -> Self {
        Self([value; 4])
    }

    pub fn plus_product(self, one: Self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] + one.0[lane] * other.0[lane]))
    }

    pub fn max(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane].max(other.0[lane])))
    }

    pub fn min(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane].min(other.0[lane])))
    }

    pub fn values(self) -> [f32; 4] {
        self.0
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Add for Four {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] + other.0[lane]))
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Sub for Four {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] - other.0[lane]))
    }
}
