//! What a report found, as a sentence: made of its figures by rule, so that it says what they say.

use super::names::{QUESTIONS, TEACH};
use super::{Arm, Comparison, Report, Scalar};

/// Figures that a study is made for, the first that it has decides.
const MAIN: [&str; 4] = ["test mAP", "OOD AUROC, max softmax", "AP", "ranking satisfaction"];
/// What stands beside a main figure where a study has both.
const BESIDE: [(&str, &str); 3] = [
    ("OOD AUROC, max softmax", "accuracy, nearest class mean"),
    ("ranking satisfaction", "accuracy, nearest class mean"),
    ("test mAP", "retrieval mAP@R"),
];
/// The end of an arm's name that follows a paper's own protocol with its known flaws.
const FAITHFUL: &str = "(faithful)";

impl Report {
    /// The finding in one sentence with its numbers; `None` for a report without figures.
    ///
    /// An audit: how many pairs show the same ground. A detection: AP and AP50 of the first arm. Arms that were compared:
    /// the best arm by the main figure and its difference from what it was compared with, which is called clear only
    /// where the 95 % interval of the paired bootstrap does not hold 0. Otherwise the main figure of the best arm.
    pub fn sentence(&self) -> Option<String> {
        if let Some(audit) = &self.audit {
            let images: usize = self.images.values().sum();
            let pairs = match audit.pairs_found {
                0 => "No two".to_owned(),
                1 => "One pair".to_owned(),
                pairs => format!("{pairs} pairs"),
            };
            return Some(format!("{pairs} of {images} images show the same ground.{}", self.of_leak()));
        }
        if self.study == "detection" {
            return self.of_detection();
        }
        if self.study == TEACH {
            return self.of_teaching();
        }
        self.of_questions().or_else(|| self.of_comparison()).or_else(|| self.of_best_arm())
    }

    /// The least and the most questions of the arms that are compared, and the comparison with the smallest difference.
    fn of_questions(&self) -> Option<String> {
        let compared = || self.comparisons.iter().filter(|other| other.scalar == QUESTIONS);
        let range = |of: fn(&Comparison) -> &str| {
            let mean = |name: &str| Some(self.arms.iter().find(|arm| arm.name == name)?.scalars.get(QUESTIONS)?.mean);
            let means: Option<Vec<f64>> = compared().map(|other| mean(of(other))).collect();
            let means = means.filter(|means| !means.is_empty())?;
            let [least, most] = [f64::min, f64::max].map(|pick| means.iter().copied().reduce(pick).unwrap_or(f64::NAN));
            Some(if (most - least).abs() < 0.5 { format!("{least:.0}") } else { format!("{least:.0} to {most:.0}") })
        };
        let (asked, random) = (range(|other| &other.arm)?, range(|other| &other.against)?);
        let smallest = compared().min_by(|a, b| a.difference.abs().total_cmp(&b.difference.abs()))?;
        let [low, high] = smallest.interval;
        Some(format!(
            "Questions that decide most reach Kendall's tau 0.9 after {asked}, random ones after {random}; the smallest \
             difference is {:+.0} (95 % interval {low:+.0} to {high:+.0}).",
            smallest.difference
        )
        .replace('-', "−"))
    }

    fn of_leak(&self) -> String {
        let Some(leak) = &self.leak else { return String::new() };
        format!(" {} of {} test images show ground of another part.", leak.images.len(), leak.test)
    }

    fn of_detection(&self) -> Option<String> {
        let arm = self.arms.first()?;
        let images = self.images.get("test")?;
        let ap = arm.scalars.get("AP")?;
        let ap50 = arm.scalars.get("AP50").map(|ap50| format!(", AP50 {}", number(ap50.mean))).unwrap_or_default();
        Some(format!("The {} finds objects with AP {}{ap50} on {images} test images.", arm.name, with_interval(ap)))
    }

    /// After how many clicks, what asking gains over chance, and what share of all labels' mAP that is.
    fn of_teaching(&self) -> Option<String> {
        let [asked, random, ..] = self.arms.as_slice() else { return None };
        let images = self.images.get("test")?;
        let clicks = |name: &str| name.strip_prefix("test mAP, ")?.strip_suffix(" clicks")?.parse::<usize>().ok();
        let counts = asked.scalars.iter().filter_map(|(name, scalar)| Some((clicks(name)?, scalar)));
        let map = asked.scalars.get("test mAP")?;
        // Those after which the main figure is given.
        let (clicks, _) = counts.filter(|(_, scalar)| scalar.values == map.values).min_by_key(|(clicks, _)| *clicks)?;
        let gain = self
            .comparisons
            .iter()
            .find(|other| other.scalar == "test mAP" && other.arm == asked.name && other.against == random.name)?;
        let begin = format!("After {clicks} clicks a class a head has test mAP {} where it", number(map.mean));
        let [low, high] = gain.interval;
        let than = if low <= 0.0 && high >= 0.0 { ", no clear difference" } else { "" };
        let all = self.arms.get(2).and_then(|all| all.scalars.get("test mAP"));
        let all = all.map(|all| format!("; of all labels {}", number(all.mean))).unwrap_or_default();
        Some(format!(
            "{begin} asks about what it is least sure of, and {} where images are drawn at random ({}{than}){all}; {images} \
             test images.",
            number(random.scalars.get("test mAP")?.mean),
            difference(gain)
        ))
    }

    fn of_comparison(&self) -> Option<String> {
        let main = MAIN.into_iter().find(|main| !self.counted(main).is_empty())?;
        // What all is compared with.
        let baseline = &self.counted(main).first()?.against;
        let against = self.counted(main).into_iter().filter(|other| other.against == *baseline);
        let best = against.max_by(|a, b| a.difference.total_cmp(&b.difference))?;
        let mean = |arm: &str| Some(self.arms.iter().find(|other| other.name == arm)?.scalars.get(main)?.mean);
        let (own, other) = (mean(&best.arm)?, mean(&best.against)?);
        let mut sentence = if best.interval[0] <= 0.0 && best.interval[1] >= 0.0 {
            format!(
                "No clear difference in {main}: {} has {}, {} {}, a difference of {}.",
                best.arm,
                number(own),
                best.against,
                number(other),
                difference(best)
            )
        } else if best.difference > 0.0 {
            format!(
                "{} has {main} {}, {} {}: a difference of {}.",
                best.arm,
                number(own),
                best.against,
                number(other),
                difference(best)
            )
        } else {
            format!(
                "Nothing here beats {} with {main} {}; {} comes nearest with {}, a difference of {}.",
                best.against,
                number(other),
                best.arm,
                number(own),
                difference(best)
            )
        };
        let beside = BESIDE.iter().find(|(of, _)| *of == main).and_then(|(_, beside)| {
            self.counted(beside).into_iter().find(|other| other.arm == best.arm && other.against == best.against)
        });
        if let Some(beside) = beside {
            sentence.push_str(&format!(" Its {} differs by {}.", beside.scalar, difference(beside)));
        }
        Some(sentence)
    }

    /// The comparisons by this figure, without those of a paper's own protocol.
    fn counted(&self, scalar: &str) -> Vec<&Comparison> {
        let is_faithful = |other: &Comparison| other.arm.ends_with(FAITHFUL) || other.against.ends_with(FAITHFUL);
        self.comparisons.iter().filter(|other| other.scalar == scalar && !is_faithful(other)).collect()
    }

    fn of_best_arm(&self) -> Option<String> {
        let arms = || self.arms.iter().filter(|arm| !arm.name.ends_with(FAITHFUL));
        let main = MAIN.into_iter().find(|main| arms().any(|arm| arm.scalars.contains_key(*main)))?;
        let value = |arm: &Arm| arm.scalars.get(main).map(|scalar| scalar.mean);
        let best = arms()
            .filter(|arm| value(arm).is_some())
            .max_by(|a, b| value(a).unwrap_or(f64::NAN).total_cmp(&value(b).unwrap_or(f64::NAN)))?;
        let images = self.images.get("test").map(|images| format!(" on {images} test images")).unwrap_or_default();
        Some(format!("{} has {main} {}{images}.", best.name, with_interval(&best.scalars[main])))
    }
}

fn number(value: f64) -> String {
    format!("{value:.3}")
}

fn with_interval(scalar: &Scalar) -> String {
    match scalar.interval {
        Some([low, high]) => format!("{} (95 % interval {} to {})", number(scalar.mean), number(low), number(high)),
        None => number(scalar.mean),
    }
}

fn difference(comparison: &Comparison) -> String {
    let signed = |value: f64| format!("{value:+.3}").replace('-', "−");
    let [low, high] = comparison.interval.map(signed);
    format!("{} (95 % interval {low} to {high})", signed(comparison.difference))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(study: &str, arms: &[(&str, f64)], comparisons: &[(&str, f64, [f64; 2])]) -> Report {
        let json = serde_json::json!({
            "schema_version": super::super::SCHEMA_VERSION, "study": study, "title": "t", "command": "c", "config": "",
            "version": "0", "device": "CPU", "finished": "2026-11-29T00:00:00Z", "wall_time_s": 1.0,
            "images": {"test": 420, "train": 1285}, "split_sha256": "", "labels": ["a"],
            "arms": arms.iter().map(|(name, value)| serde_json::json!({
                "name": name, "test_average_precision": [null],
                "scalars": {"test mAP": Scalar::over(vec![*value])},
            })).collect::<Vec<_>>(),
            "comparisons": comparisons.iter().map(|(arm, difference, interval)| serde_json::json!({
                "scalar": "test mAP", "arm": arm, "against": "frozen", "difference": difference, "interval": interval,
                "share_above_zero": 0.5,
            })).collect::<Vec<_>>(),
        });
        serde_json::from_value(json).expect("a report")
    }

    fn ablation(difference: f64, interval: [f64; 2]) -> String {
        let arms = [("frozen", 0.5), ("SimCLR", 0.5 + difference), ("SimCLR (faithful)", 0.9)];
        let comparisons = [("SimCLR (faithful)", 0.4, [0.3, 0.5]), ("SimCLR", difference, interval)];
        report("ablation", &arms, &comparisons).sentence().expect("a sentence")
    }

    #[test]
    fn a_clear_gain_a_clear_loss_and_an_unclear_difference_are_told_apart() {
        assert_eq!(
            ablation(0.1, [0.05, 0.15]),
            "SimCLR has test mAP 0.600, frozen 0.500: a difference of +0.100 (95 % interval +0.050 to +0.150)."
        );
        assert_eq!(
            ablation(-0.1, [-0.15, -0.05]),
            "Nothing here beats frozen with test mAP 0.500; SimCLR comes nearest with 0.400, a difference of \
             −0.100 (95 % interval −0.150 to −0.050)."
        );
        assert!(
            ablation(0.01, [-0.02, 0.04])
                .starts_with("No clear difference in test mAP: SimCLR has 0.510, frozen 0.500")
        );
    }

    #[test]
    fn a_taught_head_says_after_how_many_clicks_and_what_asking_gains() {
        let of = |difference: f64, interval: [f64; 2]| {
            let arms = [("asked", 0.6 + difference), ("at random", 0.6), ("all labels", 0.9)];
            let mut report = report("teach", &arms, &[("asked", difference, interval)]);
            report.comparisons[0].against = "at random".into();
            for clicks in [5, 10, 20] {
                // Only after ten clicks is it the main figure.
                let value = 0.6 + difference + if clicks == 10 { 0.0 } else { 0.01 };
                let name = format!("test mAP, {clicks} clicks");
                report.arms[0].scalars.insert(name, Scalar::over(vec![value]));
            }
            report.sentence().expect("a sentence")
        };
        assert_eq!(
            of(0.05, [0.02, 0.08]),
            "After 10 clicks a class a head has test mAP 0.650 where it asks about what it is least sure of, and 0.600 \
             where images are drawn at random (+0.050 (95 % interval +0.020 to +0.080)); of all labels 0.900; 420 test \
             images."
        );
        assert!(of(0.05, [-0.02, 0.08]).contains("to +0.080), no clear difference)"));
    }

    #[test]
    fn a_ranking_without_held_out_classes_says_what_it_keeps_and_what_that_costs() {
        let mut report = report("ranking", &[("softmax", 0.7), ("ranking r = 3", 0.8)], &[]);
        for arm in &mut report.arms {
            let value = arm.scalars.remove("test mAP").expect("it was given");
            arm.scalars.insert("ranking satisfaction".into(), value);
        }
        for (scalar, difference) in [("ranking satisfaction", 0.1), ("accuracy, nearest class mean", -0.05)] {
            report.comparisons.push(Comparison {
                scalar: scalar.into(),
                arm: "ranking r = 3".into(),
                against: "softmax".into(),
                difference,
                interval: [difference - 0.01, difference + 0.01],
                share_above_zero: 0.5,
            });
        }
        assert_eq!(
            report.sentence().as_deref(),
            Some(
                "ranking r = 3 has ranking satisfaction 0.800, softmax 0.700: a difference of +0.100 (95 % interval \
                 +0.090 to +0.110). Its accuracy, nearest class mean differs by −0.050 (95 % interval −0.060 to −0.040)."
            )
        );
    }

    #[test]
    fn without_a_comparison_the_best_arm_speaks_and_without_figures_nobody() {
        let sentence = report("probe", &[("frozen", 0.9296), ("other", 0.5)], &[]).sentence();
        assert_eq!(sentence.as_deref(), Some("frozen has test mAP 0.930 on 420 test images."));
        assert_eq!(report("probe", &[], &[]).sentence(), None);
    }
}
