//! Compares the decision with the reference model on many cases: `policy CASES SEED [FROM]`. The
//! first difference is made as small as it goes, printed, kept as a case, and is a failure.
#![expect(clippy::print_stdout, reason = "a command-line tool talks to its user")]

use std::{env, process::ExitCode, thread};

use impersonation_testkit::{
    agreement::{Difference, Distribution, compare_many, decide, translate},
    corpus::Kept,
    figures::Figures,
    reference,
    strategies::quick,
};

/// How often it says how far it has come.
const STEPS: u64 = 20;

fn main() -> ExitCode {
    let numbers: Result<Vec<u64>, _> = env::args().skip(1).map(|number| number.parse()).collect();
    let (count, seed, from) = match numbers.as_deref() {
        Ok([count, seed]) => (*count, *seed, 0),
        Ok([count, seed, from]) => (*count, *seed, *from),
        _ => {
            println!("usage: policy CASES SEED [FROM], all whole numbers");
            return ExitCode::from(2);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    println!("{count} cases from {from} on, seed {seed}, {threads} threads");
    let figures = Figures::of("policy against the reference model").seed(seed);
    let mut told = 0;
    let progress = |done: u64| {
        let step = done * STEPS / count.max(1);
        if step > told {
            told = step;
            let rate = rate(done, figures.elapsed().as_secs_f64());
            println!("{:>3}%  {done} cases, {rate:.0} a second", step * 100 / STEPS);
        }
    };
    let numbers = from..from.saturating_add(count);
    let case = |number| quick::case(seed, number);
    match compare_many(numbers, threads, case, decide, progress) {
        Ok(distribution) => agreed(&distribution, count, figures),
        Err(difference) => differed(*difference, seed),
    }
}

fn rate(count: u64, seconds: f64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / seconds.max(0.001)
}

fn agreed(distribution: &Distribution, count: u64, mut figures: Figures) -> ExitCode {
    println!("\n{distribution}");
    // A handful of cases proves nothing about shares.
    let shortcomings = if count < 10_000 { Vec::new() } else { distribution.shortcomings() };
    if !shortcomings.is_empty() {
        shortcomings.iter().for_each(|shortcoming| println!("{shortcoming}"));
        return ExitCode::FAILURE;
    }
    for (what, count) in distribution.counts() {
        figures.count(what, count);
    }
    figures.remark(format!("{:.0} a second", rate(count, figures.elapsed().as_secs_f64())));
    figures.finish();
    println!("{count} cases agree with the reference model");
    ExitCode::SUCCESS
}

fn differed(difference: Difference, seed: u64) -> ExitCode {
    let Difference { number, case, says } = difference;
    println!("case {number} differs. At its smallest:\n\n{case}\nIt {says}.\n");
    let (world, question) = translate(&case);
    let expected = reference::answer(&world, &question);
    let why = format!("Case {number} of seed {seed}, at its smallest: {says}.");
    let kept = Kept { name: format!("found-{seed}-{number}"), why, case, expected };
    println!("It is kept as {}.", kept.keep().display());
    println!("`cargo xtask policy --cases 1 --from {number} --seed {seed}` finds it again.");
    ExitCode::FAILURE
}
