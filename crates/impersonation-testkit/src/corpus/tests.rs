//! The kept cases, on the decision and on the model.

use std::collections::BTreeSet;

use impersonation_domain::policy::{LogIn, Rule, SendAs};

use super::*;
use crate::{
    agreement::{decide, translate},
    reference,
    strategies::Question,
};

#[test]
fn d1_every_kept_case_is_decided_as_it_says() {
    let kept = all();
    assert!(kept.len() >= 40, "only {} cases", kept.len());
    for Kept { name, why, case, expected } in kept {
        assert!(!why.is_empty(), "{name} does not say why it is kept");
        assert_eq!(decide(&case), expected, "{name}: {why}\n{case}");
        let (world, question) = translate(&case);
        assert_eq!(reference::answer(&world, &question), expected, "{name}, by the model\n{case}");
    }
}

#[test]
fn d7_every_reason_of_every_act_is_kept() {
    let codes: BTreeSet<_> = all()
        .iter()
        .map(|kept| {
            let code = match kept.expected {
                Answer::Permit(..) => "permitted",
                Answer::Deny(code) => code,
            };
            (matches!(kept.case.question, Question::SendAs(_)), code)
        })
        .collect();
    for rule in Rule::ALL {
        let of_sending = matches!(rule, Rule::ActorInChannel | Rule::SubjectInChannel);
        let kept = if of_sending {
            codes.contains(&(true, rule.code::<SendAs>()))
        } else {
            codes.contains(&(false, rule.code::<LogIn>()))
        };
        assert!(kept, "no case is denied by {rule:?}");
    }
    assert!(codes.contains(&(true, "send_not_granted")));
    assert!(codes.contains(&(true, "permitted")) && codes.contains(&(false, "permitted")));
}
