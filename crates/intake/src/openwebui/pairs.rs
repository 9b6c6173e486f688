//! Regenerated answers: what was chosen on the active thread, and what was not.

use std::collections::BTreeMap;

use commonwheel_record::ContributionKind;
use commonwheel_record::body::{Content, Role, Turn};

use super::tree::{Active, At, Tree};
use crate::content::{fits, role, text_len};
use crate::describe::{Description, short_name};
use crate::draft::Draft;
use crate::limits::MAX_ITEM_OUTPUT_BYTES;
use crate::report::{Skip, SkipReason};
use crate::thread::MaybeTurn;

/// A node beside the active thread's choice, and the place of that choice on the thread or why there is none.
#[derive(Debug)]
pub(super) struct Alternative {
    node: At,
    chosen: Result<usize, SkipReason>,
}

/// Every node that stands for another one of the same parent and role, in the order of the export.
pub(super) fn alternatives(tree: &Tree, active: &Active) -> Vec<Alternative> {
    let places: BTreeMap<At, usize> =
        active.nodes().iter().enumerate().map(|(place, &at)| (at, place)).collect();
    let mut found = Vec::new();
    for siblings in tree.siblings() {
        let (answers, others): (Vec<At>, Vec<At>) = siblings.into_iter().partition(|&at| is_answer(tree, at));
        add_answers(&answers, &places, &mut found);
        add_branches(&others, &places, &mut found);
    }
    found.sort_by_key(|alternative| alternative.node);
    found
}

fn add_answers(answers: &[At], places: &BTreeMap<At, usize>, found: &mut Vec<Alternative>) {
    let chosen = answers.iter().find_map(|at| places.get(at).copied());
    // Where no answer was chosen, the first stands for its group and the others are accounted for.
    let kept = answers.first().copied().filter(|_| chosen.is_none());
    for &node in answers.iter().filter(|&at| !places.contains_key(at) && Some(*at) != kept) {
        found.push(Alternative { node, chosen: chosen.ok_or(SkipReason::OffThread) });
    }
}

fn add_branches(others: &[At], places: &BTreeMap<At, usize>, found: &mut Vec<Alternative>) {
    let on_thread = others.iter().any(|at| places.contains_key(at));
    for &node in others.iter().filter(|at| !places.contains_key(at)).skip(usize::from(!on_thread)) {
        found.push(Alternative { node, chosen: Err(SkipReason::AbandonedBranch) });
    }
}

fn is_answer(tree: &Tree, at: At) -> bool {
    tree.node(at).role.as_str().and_then(role) == Some(Role::Assistant)
}

/// Makes a pair of each alternative that is one.
pub(super) fn read(
    tree: &mut Tree,
    turns: &[MaybeTurn],
    alternatives: Vec<Alternative>,
    source_id: &str,
    description: &Description,
) -> Vec<Result<Draft, Skip>> {
    let thread = Thread::new(turns);
    let mut room = MAX_ITEM_OUTPUT_BYTES;
    let read_one = |Alternative { node, chosen }| {
        let item = format!("{source_id}/{}", short_name(tree.name(node)));
        match chosen.and_then(|place| thread.pair(place, tree.take_turn(node), &mut room)) {
            Ok(pair) => Ok(description.draft(ContributionKind::PreferencePair, pair, item)),
            Err(why) => Err(Skip { item, why }),
        }
    };
    alternatives.into_iter().map(read_one).collect()
}

/// The active thread as far as all its messages are good, with the size of each beginning of it.
struct Thread<'a> {
    good: Vec<&'a Turn>,
    sizes: Vec<usize>,
    end: Option<SkipReason>,
}

impl<'a> Thread<'a> {
    fn new(turns: &'a [MaybeTurn]) -> Self {
        let (mut good, mut sizes, mut size) = (Vec::new(), vec![0], 0);
        for maybe in turns {
            match maybe {
                Ok(turn) => {
                    size += text_len(&turn.text);
                    good.push(turn);
                    sizes.push(size);
                }
                Err(why) => return Self { good, sizes, end: Some(*why) },
            }
        }
        Self { good, sizes, end: None }
    }

    /// The pair of the answer at a place and another one. Sizes are checked before anything is copied, because a chat
    /// of many pairs repeats its beginning in each.
    fn pair(&self, place: usize, rejected: MaybeTurn, room: &mut usize) -> Result<Content, SkipReason> {
        let Some(&chosen) = self.good.get(place) else {
            return Err(self.end.unwrap_or(SkipReason::EmptyMessage));
        };
        let rejected = rejected?;
        if !self.good[..place].iter().any(|turn| turn.role == Role::User) {
            return Err(SkipReason::NoPrompt);
        }
        if chosen.text == rejected.text {
            return Err(SkipReason::IdenticalAnswers);
        }
        let size = self.sizes[place + 1] + text_len(&rejected.text);
        if !fits(size) {
            return Err(SkipReason::Oversize);
        }
        *room = room.checked_sub(size).ok_or(SkipReason::TooManyPairs)?;
        let prompt = self.good[..place].iter().map(|&turn| turn.clone()).collect();
        Ok(Content::Pair { prompt, chosen: vec![chosen.clone()], rejected: vec![rejected] })
    }
}
