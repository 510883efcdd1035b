//! What the suites say that they have tried: read from the files that they leave.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde_json::Value;

use crate::process::Shell;

/// The variable that names the folder in which a suite leaves its figures.
pub(crate) const FOLDER: &str = "IMP_FIGURES";

/// What one suite has tried.
pub(crate) struct Figures {
    /// Which suite.
    pub(crate) suite: String,
    /// Where its randomness began.
    pub(crate) seed: Option<u64>,
    /// What was counted.
    pub(crate) counts: Vec<(String, u64)>,
    /// What else it says.
    pub(crate) remarks: Vec<String>,
    /// How long it took.
    pub(crate) seconds: f64,
}

/// An empty folder for the figures of one run.
pub(crate) fn folder(shell: &Shell, name: &str) -> anyhow::Result<PathBuf> {
    let folder = shell.root().join("target").join("figures").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The figures that the suites have left in the folder, by name.
pub(crate) fn read(folder: &Path) -> anyhow::Result<Vec<Figures>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        let figures = parse(&text).with_context(|| format!("{} has no figures", path.display()))?;
        all.push(figures);
    }
    all.sort_by(|one, other| one.suite.cmp(&other.suite));
    Ok(all)
}

fn parse(text: &str) -> Option<Figures> {
    let value: Value = serde_json::from_str(text).ok()?;
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let count = |pair: &Value| Some((text(pair.get(0)?)?, pair.get(1)?.as_u64()?));
    Some(Figures {
        suite: text(value.get("suite")?)?,
        seed: value.get("seed")?.as_u64(),
        counts: value.get("counts")?.as_array()?.iter().map(count).collect::<Option<_>>()?,
        remarks: value.get("remarks")?.as_array()?.iter().map(text).collect::<Option<_>>()?,
        seconds: value.get("seconds")?.as_f64()?,
    })
}

impl Figures {
    /// The counts in words: `200 rounds, 23 pairs`.
    pub(crate) fn counted(&self) -> String {
        let counts = self.counts.iter().map(|(what, number)| format!("{number} {what}"));
        counts.collect::<Vec<_>>().join(", ")
    }

    /// Everything in one line.
    pub(crate) fn line(&self) -> String {
        let seed = self.seed.map(|seed| format!("; seed {seed}")).unwrap_or_default();
        let remarks: String = self.remarks.iter().map(|remark| format!("; {remark}")).collect();
        format!("{}: {}{seed}{remarks}; {:.1} s", self.suite, self.counted(), self.seconds)
    }
}

#[cfg(test)]
mod test {
    use super::parse;

    #[test]
    fn figures_are_read_as_the_testkit_writes_them() {
        let text = r#"{"suite": "races", "seed": 7, "counts": [["rounds", 200], ["pairs", 23]],
            "remarks": ["C15 does not apply"], "seconds": 1.5}"#;
        let figures = parse(text).unwrap();
        assert_eq!((figures.suite.as_str(), figures.seed), ("races", Some(7)));
        assert_eq!(figures.counted(), "200 rounds, 23 pairs");
        assert_eq!(figures.remarks, ["C15 does not apply"]);
        assert!(parse("{}").is_none());
    }
}
