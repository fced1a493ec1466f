//! Weights in the order of their use, kept for as long as the network that they are of: one that does not train packs
//! them once, not with every image.

use super::layer::{Layer, Order, Packed};
use burn::backend::flex::{FlexTensor, Layout};
use burn::tensor::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

/// By the address of the weights' values.
static KEPT: LazyLock<Mutex<HashMap<usize, Vec<Kept>>>> = LazyLock::new(Mutex::default);

/// What a layer's weights in the order of their use were made of.
pub(super) struct Made<'a> {
    /// The weights, and then what they were scaled by.
    pub tensors: &'a [&'a FlexTensor],
    /// Of the BatchNorm that they were scaled by.
    pub epsilon: f64,
}

struct Kept {
    tensors: Vec<Values>,
    epsilon: f64,
    order: Order,
    packed: Arc<Packed>,
}

/// A tensor's values, without keeping them alive. Nothing writes to them or takes their address while this is there: a
/// tensor's shared bytes are copied before they are written to.
struct Values {
    bytes: Weak<Bytes>,
    layout: Layout,
}

impl Values {
    fn of(tensor: &FlexTensor) -> Self {
        Self { bytes: Arc::downgrade(&tensor.data_arc()), layout: tensor.layout().clone() }
    }

    fn are_of(&self, tensor: &FlexTensor) -> bool {
        std::ptr::eq(self.bytes.as_ptr(), Arc::as_ptr(&tensor.data_arc())) && self.layout == *tensor.layout()
    }
}

impl Kept {
    fn is(&self, made: &Made<'_>, order: Order) -> bool {
        self.order == order
            && self.epsilon.to_bits() == made.epsilon.to_bits()
            && self.tensors.len() == made.tensors.len()
            && self.tensors.iter().zip(made.tensors).all(|(values, tensor)| values.are_of(tensor))
    }

    fn is_of_a_living_network(&self) -> bool {
        self.tensors.iter().all(|values| values.bytes.strong_count() > 0)
    }
}

/// The weights of a layer, from before or by `pack`.
pub(super) fn packed(layer: &Layer, made: Made<'_>, pack: impl FnOnce() -> Packed) -> Arc<Packed> {
    let Some(weights) = made.tensors.first() else { return Arc::new(pack()) };
    let address = Arc::as_ptr(&weights.data_arc()).addr();
    let order = layer.order();
    let before = |all: &HashMap<usize, Vec<Kept>>| {
        let kept = all.get(&address)?.iter().find(|kept| kept.is(&made, order))?;
        Some(Arc::clone(&kept.packed))
    };
    let lock = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(packed) = before(&lock()) {
        return packed;
    }
    let packed = Arc::new(pack());
    let tensors = made.tensors.iter().map(|tensor| Values::of(tensor)).collect();
    let mut all = lock();
    all.retain(|_, kept| {
        kept.retain(Kept::is_of_a_living_network);
        !kept.is_empty()
    });
    all.entry(address).or_default().push(Kept { tensors, epsilon: made.epsilon, order, packed: Arc::clone(&packed) });
    packed
}

#[cfg(test)]
mod tests {
    use super::super::convolution::Convolution;
    use super::super::map::contiguous;
    use super::super::pieces::Sizes;
    use super::*;
    use crate::kernels::Padding;

    fn layer(side: usize) -> Layer {
        let input = Sizes { batch: 1, height: side, width: side, channels: 16 };
        Layer::Dense(Convolution { input, channels_out: 16, kernel: 3, stride: 1, padding: Padding::Each(1) })
    }

    fn weights(value: f32) -> FlexTensor {
        contiguous(vec![value; 16 * 16 * 9], [16, 16, 3, 3])
    }

    #[test]
    fn weights_are_packed_once_for_as_long_as_they_are_there_and_as_they_are() {
        let of = |layer: &Layer, tensors: &[&FlexTensor], epsilon: f64| {
            packed(layer, Made { tensors, epsilon }, || layer.pack(&[1.0; 16 * 16 * 9], &[]))
        };
        let (one, other, scale) = (weights(1.0), weights(1.0), weights(2.0));
        let first = of(&layer(16), &[&one], 0.0);
        assert!(Arc::ptr_eq(&first, &of(&layer(16), &[&one], 0.0)));
        // Another map for which the weights are in the same order; a copy of the tensor that shares its values.
        assert!(Arc::ptr_eq(&first, &of(&layer(20), &[&one.clone()], 0.0)));
        assert!(!Arc::ptr_eq(&first, &of(&layer(2), &[&one], 0.0)), "another order");
        assert!(!Arc::ptr_eq(&first, &of(&layer(16), &[&other], 0.0)), "other weights of the same values");
        assert!(!Arc::ptr_eq(&first, &of(&layer(16), &[&one, &scale], 0.0)), "scaled");
        assert!(!Arc::ptr_eq(&of(&layer(16), &[&one, &scale], 1e-3), &of(&layer(16), &[&one, &scale], 1e-5)));

        let gone = Arc::downgrade(&of(&layer(16), &[&other], 0.0));
        assert!(gone.upgrade().is_some());
        drop(other);
        of(&layer(16), &[&weights(3.0)], 0.0);
        assert!(gone.upgrade().is_none(), "the weights of a network that is gone are not kept");
    }
}
