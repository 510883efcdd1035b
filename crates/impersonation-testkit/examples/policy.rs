//! Compares the decision with the reference model, on many cases (`policy CASES SEED [FROM]`) or on
//! all small worlds (`policy small-worlds`). The first difference is made as small as it goes,
//! printed, kept as a case, and is a failure.
#![expect(clippy::print_stdout, reason = "a command-line tool talks to its user")]

use std::{env, process::ExitCode, thread};

use impersonation_testkit::{
    agreement::{Difference, Distribution, compare_many, decide, translate},
    corpus::Kept,
    enumeration::FAMILIES,
    figures::Figures,
    reference,
    strategies::quick,
};

/// How often it says how far it has come.
const STEPS: u64 = 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments == ["small-worlds"] {
        return small_worlds();
    }
    let numbers: Result<Vec<u64>, _> = arguments.iter().map(|number| number.parse()).collect();
    match numbers.as_deref() {
        Ok([count, seed]) => many(*count, *seed, 0),
        Ok([count, seed, from]) => many(*count, *seed, *from),
        _ => {
            println!("usage: policy CASES SEED [FROM], all whole numbers; or: policy small-worlds");
            ExitCode::from(2)
        }
    }
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Tells now and then how far it has come.
fn progress(count: u64, figures: &Figures) -> impl FnMut(u64) + use<'_> {
    let (mut told, begun) = (0, figures.elapsed());
    move |done| {
        let step = done * STEPS / count.max(1);
        if step > told {
            told = step;
            let rate = rate(done, (figures.elapsed() - begun).as_secs_f64());
            println!("{:>3}%  {done} cases, {rate:.0} a second", step * 100 / STEPS);
        }
    }
}

fn many(count: u64, seed: u64, from: u64) -> ExitCode {
    let threads = threads();
    println!("{count} cases from {from} on, seed {seed}, {threads} threads");
    let figures = Figures::of("policy against the reference model").seed(seed);
    let numbers = from..from.saturating_add(count);
    let case = |number| quick::case(seed, number);
    match compare_many(numbers, threads, case, decide, progress(count, &figures)) {
        Ok(distribution) => agreed(&distribution, count, figures),
        Err(difference) => {
            let number = difference.number;
            let again = format!("--cases 1 --from {number} --seed {seed}");
            differed(*difference, &format!("{seed}-{number}"), &again)
        }
    }
}

fn small_worlds() -> ExitCode {
    let mut figures = Figures::of("small worlds");
    for (index, family) in FAMILIES.iter().enumerate() {
        let (worlds, cases) = (family.worlds(), family.cases());
        println!("{}: {worlds} worlds, {cases} cases", family.name);
        let case = |number| family.case(number);
        let progress = progress(cases, &figures);
        if let Err(difference) = compare_many(0..cases, threads(), case, decide, progress) {
            let name = format!("small-{index}-{}", difference.number);
            return differed(*difference, &name, "--small-worlds");
        }
        figures.count("worlds", worlds);
        figures.count("cases", cases);
    }
    figures.finish();
    println!("all small worlds are decided as the reference model says");
    ExitCode::SUCCESS
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

fn differed(difference: Difference, name: &str, again: &str) -> ExitCode {
    let Difference { number, case, says } = difference;
    println!("case {number} differs. At its smallest:\n\n{case}\nIt {says}.\n");
    let (world, question) = translate(&case);
    let expected = reference::answer(&world, &question);
    let why = format!("Found by `cargo xtask policy {again}`, at its smallest: {says}.");
    let kept = Kept { name: format!("found-{name}"), why, case, expected };
    println!("It is kept as {}.", kept.keep().display());
    println!("`cargo xtask policy {again}` finds it again.");
    ExitCode::FAILURE
}
