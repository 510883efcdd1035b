//! Many cuts of one trace.

use std::{
    env, fs,
    future::Future,
    path::{Path, PathBuf},
};

use super::{Disk, Image, Recorder, Trace};
use crate::{
    recovery::{Acknowledged, Examined},
    splitmix::SplitMix,
};

/// A trace, and what was acknowledged in the meantime.
#[derive(Debug)]
pub struct Recorded {
    /// What was written.
    pub trace: Trace,
    /// What was acknowledged, with the length of the trace at that time.
    pub acknowledged: Vec<Acknowledged>,
    path: PathBuf,
    is_control: bool,
}

/// What was found in images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cuts {
    /// How many images were looked at.
    pub images: u64,
    /// How many acknowledged changes were looked for in them.
    pub looked_for: u64,
    /// Images in which one of them was missing.
    pub lost: u64,
    /// Images that did not open, were damaged, or in which the state and its events differ.
    pub broken: u64,
    /// The first thing that was wrong, in words.
    pub first: Option<String>,
}

impl Cuts {
    /// Adds what others found.
    pub fn add(&mut self, other: Self) {
        self.images += other.images;
        self.looked_for += other.looked_for;
        self.lost += other.lost;
        self.broken += other.broken;
        self.first = self.first.take().or(other.first);
    }
}

impl Recorded {
    /// What was recorded, once the program has ended.
    ///
    /// # Panics
    /// Where there is no trace; and where following the trace does not lead to exactly the files
    /// that are there: then it is not complete, and would prove nothing.
    #[must_use]
    pub fn of(recorder: &Recorder, acknowledged: Vec<Acknowledged>) -> Self {
        let trace = recorder.trace().expect("a trace");
        let mut disk = Disk::new(&trace);
        disk.follow(trace.len(), &mut SplitMix::new(0));
        let image = disk.all();
        for (number, ending) in super::ENDINGS.iter().enumerate() {
            let mut path = recorder.database().as_os_str().to_owned();
            path.push(ending);
            let real = fs::read(path).ok();
            assert!(
                real.as_deref() == image.file(number),
                "the trace of `{ending}` is not complete"
            );
        }
        let path = recorder.trace_path().to_owned();
        Self { trace, acknowledged, path, is_control: false }
    }

    /// The same for a control: that something is wrong is as it should be, and no image is kept.
    #[must_use]
    pub fn control(self) -> Self {
        Self { is_control: true, ..self }
    }

    /// Makes so many images and looks at each: `look` is given the path of a database in a folder
    /// and says what is there, or what is wrong. The first image that is wrong is kept, with the
    /// trace, in a folder that [`Cuts::first`] names.
    ///
    /// Half of the cuts are right after an answer or a few writes later, the others anywhere.
    pub async fn cut<F: Future<Output = Result<Examined, String>>>(
        &self,
        images: u64,
        seed: u64,
        folder: &Path,
        mut look: impl FnMut(PathBuf) -> F,
    ) -> Cuts {
        let mut random = SplitMix::new(seed);
        let mut points: Vec<usize> = (0..images).map(|_| self.point(&mut random)).collect();
        points.sort_unstable();
        let mut disk = Disk::new(&self.trace);
        let mut cuts = Cuts::default();
        let ends: Vec<usize> =
            self.acknowledged.iter().map(|one| self.trace.until(one.at)).collect();
        for (number, point) in points.into_iter().enumerate() {
            disk.follow(point, &mut random);
            let image = disk.cut(&mut random);
            let database = folder.join("image.db");
            image.write(&database).expect("an image can be written");
            let promised = ends.partition_point(|end| *end <= point);
            let promised = &self.acknowledged[..promised];
            cuts.images += 1;
            cuts.looked_for += u64::try_from(promised.len()).expect("a small number");
            let wrong = match look(database).await {
                Ok(examined) => {
                    let lost = examined.lost(promised);
                    cuts.lost += u64::from(!lost.is_empty());
                    (!lost.is_empty()).then(|| format!("acknowledged and lost: {lost:?}"))
                }
                Err(wrong) => {
                    cuts.broken += 1;
                    Some(wrong)
                }
            };
            if let (Some(wrong), None) = (wrong, &cuts.first) {
                let kept = match self.is_control {
                    true => String::new(),
                    false => {
                        let kept = self.keep(&image, seed, number);
                        format!("; the image and the trace are kept in {}", kept.display())
                    }
                };
                cuts.first = Some(format!(
                    "power cut after record {point} of {}, image {number} of seed {seed}: \
                     {wrong}{kept}",
                    self.trace.len()
                ));
            }
        }
        cuts
    }

    fn point(&self, random: &mut SplitMix) -> usize {
        let end = self.trace.len();
        if self.acknowledged.is_empty() || random.below(2) == 0 {
            return random.below(end + 1);
        }
        let answer = random.choose(&self.acknowledged);
        end.min(self.trace.until(answer.at) + random.below(4))
    }

    fn keep(&self, image: &Image, seed: u64, number: usize) -> PathBuf {
        let name = format!("impersonation-power-cut-{}-{seed}-{number}", std::process::id());
        let kept = env::temp_dir().join(name);
        fs::create_dir_all(&kept)
            .and_then(|()| image.write(&kept.join("image.db")))
            .and_then(|()| fs::copy(&self.path, kept.join("trace")).map(drop))
            .expect("an image can be kept");
        kept
    }
}
