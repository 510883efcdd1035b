//! Compares the decision with the reference model on many cases: `policy CASES SEED`. The first
//! difference is made as small as it goes, printed, and is a failure.
#![expect(clippy::print_stdout, reason = "a command-line tool talks to its user")]

use std::{env, process::ExitCode, time::Instant};

use impersonation_testkit::{
    agreement::{Distribution, decide},
    strategies::{Case, cases},
};
use proptest::{
    strategy::{Strategy as _, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// How often it says how far it has come.
const STEPS: u64 = 20;

fn main() -> ExitCode {
    let mut numbers = env::args().skip(1).map(|argument| argument.parse::<u64>());
    let (Some(Ok(count)), Some(Ok(seed)), None) = (numbers.next(), numbers.next(), numbers.next())
    else {
        println!("usage: policy CASES SEED, both whole numbers");
        return ExitCode::from(2);
    };
    println!("{count} cases, seed {seed}");
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(seed.to_le_bytes()).for_each(|(byte, of_seed)| *byte = of_seed);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = cases();
    let mut distribution = Distribution::default();
    let begun = now();
    for number in 1..=count {
        let Ok(mut tree) = strategy.new_tree(&mut runner) else { continue };
        let case = tree.current();
        if let Err(difference) = distribution.compare(&case, decide) {
            println!("case {number} differs: {difference}");
            let (smallest, difference) = shrink(&mut tree, (case, difference));
            println!("at its smallest: {difference}\n{smallest:#?}");
            println!("`cargo xtask policy --cases {number} --seed {seed}` finds it again");
            return ExitCode::FAILURE;
        }
        if number % count.div_ceil(STEPS) == 0 || number == count {
            let seconds = (now() - begun).as_secs_f64();
            let rate = f64::from(u32::try_from(number).unwrap_or(u32::MAX)) / seconds.max(0.001);
            println!("{:>3}%  {number} cases, {rate:.0} a second", number * 100 / count);
        }
    }
    println!("\n{distribution}");
    // A handful of cases proves nothing about shares.
    let shortcomings = if count < 10_000 { Vec::new() } else { distribution.shortcomings() };
    shortcomings.iter().for_each(|shortcoming| println!("{shortcoming}"));
    println!("{count} cases agree with the reference model");
    if shortcomings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::disallowed_methods, reason = "how fast it goes is what is shown")]
fn now() -> Instant {
    Instant::now()
}

/// The smallest case that still differs.
fn shrink(tree: &mut impl ValueTree<Value = Case>, first: (Case, String)) -> (Case, String) {
    let mut smallest = first;
    let mut moved = tree.simplify();
    while moved {
        let case = tree.current();
        moved = match Distribution::default().compare(&case, decide) {
            Err(difference) => {
                smallest = (case, difference);
                tree.simplify()
            }
            Ok(()) => tree.complicate(),
        };
    }
    smallest
}
