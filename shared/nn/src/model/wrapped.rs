//! Weights as training frameworks write them: a network's own names with something in front of them.

use super::weights::Weights;
use std::collections::BTreeMap;

/// Parts of a name that wrappers put between a network's own ones: `torch.nn.DataParallel` and its successors,
/// `torch.compile`, FSDP, activation checkpoints.
const WRAPPERS: [&str; 4] = ["module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"];

/// Of two networks that fit equally well, that with such a word in front of its names is the slow or the discarded copy.
/// DINO is evaluated by its teacher (Caron et al. 2021, section 3.1), MoCo by its query encoder (He et al. 2020, 3.2).
const COPIES: [&str; 7] = ["student", "encoder_k", "key", "momentum", "target", "ema", "old"];

/// A file's tensors under a network's own names.
#[derive(Debug, Clone, PartialEq)]
pub struct Unwrapped {
    /// Tensors under the network's names; what else the file holds below the same prefix is among them.
    pub weights: Weights,
    /// What stood in front of every name and was taken off, with its last dot; empty where nothing did.
    pub prefix: String,
    /// Wrappers that stood somewhere in the names and were taken out.
    pub wrappers: Vec<&'static str>,
    /// Other prefixes below which the file has a network that fits as well.
    pub others: Vec<String>,
}

impl Unwrapped {
    /// What was changed in the names, for a person; `None` if nothing was.
    pub fn sentence(&self) -> Option<String> {
        let mut parts = Vec::new();
        if !self.wrappers.is_empty() {
            parts.push(format!("took {} out of the tensors' names", quoted(&self.wrappers)));
        }
        if !self.prefix.is_empty() {
            let count = self.weights.0.len();
            parts.push(format!("took the {count} tensors below {:?}, without it", self.prefix.trim_end_matches('.')));
        }
        if !self.others.is_empty() {
            parts.push(format!("left those below {}, which would fit too", quoted(&self.others)));
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    names.iter().map(|name| format!("{:?}", name.as_ref().trim_end_matches('.'))).collect::<Vec<_>>().join(", ")
}

impl Weights {
    /// These tensors under the names of `network`: wrappers are taken out of the names, and of all prefixes (`module.`,
    /// `state_dict.`, `teacher.backbone.`) that one is taken off below which most of the network's names and shapes are
    /// found. Where none is better than no prefix, the names stay.
    pub fn unwrapped(self, network: &Self) -> Unwrapped {
        let (tensors, wrappers) = without_wrappers(self, network);
        let mut fits: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        // The network's names by their last two parts, so that each name of the file meets few of them.
        let mut by_end: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for name in network.0.keys() {
            by_end.entry(last_parts(name)).or_default().push(name);
        }
        for (name, tensor) in &tensors.0 {
            let ends = [last_parts(name), name.rsplit('.').next().unwrap_or(name)];
            let unique = if ends[0] == ends[1] { &ends[..1] } else { &ends[..] };
            for own in unique.iter().filter_map(|end| by_end.get(end)).flatten() {
                let Some(prefix) = name.strip_suffix(own) else { continue };
                if prefix.is_empty() || prefix.ends_with('.') {
                    let (names, shapes) = fits.entry(prefix.to_owned()).or_default();
                    *names += 1;
                    *shapes += usize::from(tensor.shape == network.0[*own].shape);
                }
            }
        }
        let best = fits.iter().max_by_key(|(prefix, fit)| {
            let is_copy = prefix.split('.').any(is_copy);
            (**fit, prefix.is_empty(), !is_copy, std::cmp::Reverse(prefix.len()))
        });
        // A prefix that fits less than half of the network is a coincidence of names such as `bn1.bias`.
        let best = best.filter(|(_, (names, _))| 2 * names > network.0.len());
        let Some((prefix, fit)) = best.map(|(prefix, fit)| (prefix.clone(), *fit)) else {
            return Unwrapped { weights: tensors, prefix: String::new(), wrappers, others: Vec::new() };
        };
        let others = fits.into_iter().filter(|(other, of)| *other != prefix && *of == fit).map(|(other, _)| other);
        let others = others.collect();
        let weights = match prefix.strip_suffix('.') {
            Some(prefix) => tensors.below(prefix),
            None => tensors,
        };
        Unwrapped { weights, prefix, wrappers, others }
    }
}

/// `bn1.bias` of `layer1.0.bn1.bias`.
fn last_parts(name: &str) -> &str {
    let before = name.rfind('.').and_then(|last| name[..last].rfind('.'));
    before.map_or(name, |dot| &name[dot + 1..])
}

fn is_copy(part: &str) -> bool {
    COPIES.iter().any(|copy| part == *copy || part.split('_').any(|word| word == *copy))
}

/// The tensors without wrappers' parts in their names, and which were taken out. Where a network has such a part itself,
/// or two names would become one, they stay.
fn without_wrappers(tensors: Weights, network: &Weights) -> (Weights, Vec<&'static str>) {
    let own = |wrapper: &str| network.0.keys().any(|name| name.split('.').any(|part| part == wrapper));
    let found: Vec<&'static str> = WRAPPERS
        .into_iter()
        .filter(|wrapper| !own(wrapper) && tensors.0.keys().any(|name| name.split('.').any(|part| part == *wrapper)))
        .collect();
    if found.is_empty() {
        return (tensors, found);
    }
    let without = |name: &str| name.split('.').filter(|part| !found.contains(part)).collect::<Vec<_>>().join(".");
    let names: std::collections::BTreeSet<String> = tensors.0.keys().map(|name| without(name)).collect();
    if names.len() < tensors.0.len() {
        return (tensors, Vec::new());
    }
    (Weights(tensors.0.into_iter().map(|(name, tensor)| (without(&name), tensor)).collect()), found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WeightTensor;

    const NAMES: [&str; 4] = ["conv1.weight", "bn1.bias", "layer1.0.bn1.bias", "layer1.0.conv1.weight"];

    fn tensors(names: &[String]) -> Weights {
        let tensor = |at| WeightTensor { shape: vec![1], values: vec![at as f32] };
        Weights(names.iter().enumerate().map(|(at, name)| (name.clone(), tensor(at))).collect())
    }

    fn network() -> Weights {
        tensors(&NAMES.map(String::from))
    }

    fn below(prefixes: &[&str]) -> Weights {
        let names = prefixes.iter().flat_map(|prefix| NAMES.map(|name| format!("{prefix}{name}")));
        tensors(&names.chain(["optimizer.state.0.exp_avg".to_owned()]).collect::<Vec<_>>())
    }

    #[test]
    fn the_prefix_of_every_framework_is_taken_off_and_said() {
        for prefix in [
            "module.",
            "_orig_mod.",
            "_orig_mod.module.",
            "module._orig_mod.",
            "backbone.",
            "encoder.",
            "state_dict.",
            "state_dict.module.",
            "model.",
            "model.state_dict.backbone._orig_mod.",
            "module.encoder_q.",
            "online_network.encoder.",
            "backbone.body.",
        ] {
            let unwrapped = below(&[prefix]).unwrapped(&network());
            let own: Weights = Weights(
                unwrapped
                    .weights
                    .0
                    .iter()
                    .filter(|(name, _)| NAMES.contains(&name.as_str()))
                    .map(|(name, tensor)| (name.clone(), tensor.clone()))
                    .collect(),
            );
            assert_eq!(own.0.len(), 4, "{prefix}: {unwrapped:?}");
            assert!(unwrapped.sentence().is_some() && unwrapped.others.is_empty(), "{prefix}");
        }
        let plain = below(&[""]).unwrapped(&network());
        assert_eq!((plain.sentence(), plain.weights), (None, below(&[""])));
    }

    #[test]
    fn of_two_networks_the_one_that_is_evaluated_is_taken_and_the_other_is_said() {
        for (taken, left) in [
            ("teacher.backbone.", "student.module.backbone."),
            ("module.encoder_q.", "module.encoder_k."),
            ("state_dict.", "state_dict_ema."),
            ("backbone.", "backbone_momentum."),
            ("online_encoder.", "target_encoder."),
        ] {
            for order in [[taken, left], [left, taken]] {
                let file = below(&order);
                let unwrapped = file.clone().unwrapped(&network());
                assert_eq!(unwrapped.prefix, taken.replace("module.", ""));
                assert_eq!(unwrapped.others, [left.replace("module.", "")]);
                let expected = &file.0[&format!("{taken}bn1.bias")];
                assert_eq!(&unwrapped.weights.0["bn1.bias"], expected);
                let sentence = unwrapped.sentence().expect("changed");
                assert!(sentence.contains(left.replace("module.", "").trim_end_matches('.')), "{sentence}");
            }
        }
    }

    #[test]
    fn a_coincidence_of_names_is_no_prefix_and_nothing_is_lost() {
        let other = tensors(&["stage.conv1.weight".to_owned(), "stage.x".to_owned(), "module.stage.y".to_owned()]);
        let unwrapped = other.unwrapped(&network());
        assert_eq!((unwrapped.prefix.as_str(), unwrapped.weights.0.len()), ("", 3));
        // Both names would be `a`.
        let both = tensors(&["a".to_owned(), "module.a".to_owned()]);
        assert_eq!(both.clone().unwrapped(&network()).weights, both);
        // Of two that fit by name, that whose shapes fit too.
        let mut file = below(&["encoder.", "teacher."]);
        file.0
            .iter_mut()
            .filter(|(name, _)| name.starts_with("encoder."))
            .for_each(|(_, tensor)| tensor.shape = vec![1, 1]);
        assert_eq!(file.unwrapped(&network()).prefix, "teacher.");
    }
}
