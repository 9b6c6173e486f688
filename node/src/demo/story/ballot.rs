//! The members decide: a roll, a ballot through two nodes, and the mandate that a strike rests on.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use commonwheel_api::types::{
    BallotListRequest, BallotName, BallotOpenRequest, BallotShowRequest, BallotShown, BallotStage,
    CarryRequest, Decree, DecreeRequest, Delegated, Enrol, Made, ProposalShape, TermsShape,
};
use commonwheel_record::control::{Audience, Scope, Variant};
use commonwheel_record::{Hash, RecordId};

use super::{PATIENCE, Story, Who};
use crate::demo::DemoError;

/// Who is on the roll, and what they say: through which node, and after changing their mind once.
const MEMBERS: [(&str, &str, Who); 5] = [
    ("ada", "yes", Who::Coop),
    ("ben", "yes", Who::Partner),
    ("cleo", "no", Who::Coop),
    ("dina", "yes", Who::Partner),
    ("emil", "abstain", Who::Coop),
];
/// Seconds in which they vote.
const VOTING: u64 = 4;
/// What both strikes of this story demand.
pub(super) const DEMAND: &str = "a fair agreement with those who train on our work";

impl Story {
    /// The partner carries the co-op's log too, so that the co-op's own node cannot keep a ballot from being held.
    pub(super) async fn carry(&mut self) -> Result<(), DemoError> {
        self.teller.step("The charter demands a ballot; the partner carries the co-op's log too");
        let carried = self.carried().await?;
        let delegate = Decree::Delegate(Delegated::Feed(carried));
        self.coop.call(decree(delegate)).await?;
        for (name, ..) in MEMBERS {
            let key = self.coop.make_key(name)?;
            let enrol = Enrol { key, id: None, shares: 1, custodial: false, name: Some(name.to_owned()) };
            self.coop.call(decree(Decree::Enrol(enrol))).await?;
        }
        // Somebody who is on no roll has a key all the same.
        self.coop.make_key("stranger")?;
        self.teller.fact(&format!("{} members are on the roll, one vote each", MEMBERS.len()));
        let delegated = self
            .until(async |story: &Self| {
                let answer = story.partner.call(CarryRequest { collective: story.collective }).await?;
                Ok(answer.delegated.then_some(()))
            })
            .await?;
        self.teller.check(
            "the partner's feed counts",
            delegated.is_some(),
            "delegated by the co-op's root key",
        )
    }

    async fn carried(&self) -> Result<commonwheel_record::FeedId, DemoError> {
        let answer = self
            .until(async |story: &Self| {
                // The partner must have heard of the co-op first.
                Ok(story.partner.call(CarryRequest { collective: story.collective }).await.ok())
            })
            .await?;
        answer
            .map(|answer| answer.feed)
            .ok_or_else(|| DemoError::Step("the partner carries nothing".to_owned()))
    }

    /// Returns the mandate, by which the members allow a pause of the busiest domain, and evaluation only for what is new.
    pub(super) async fn vote(&mut self) -> Result<RecordId, DemoError> {
        self.teller.step("The members vote, through the co-op's node and the partner's");
        let domain = self.domain();
        let terms = |variant, scope| {
            let audience = Audience::Everyone;
            let demand = DEMAND.to_owned();
            ProposalShape::Embargo(Box::new(TermsShape {
                variant,
                scope,
                reach: None,
                audience,
                rung: None,
                demand,
            }))
        };
        let request = BallotOpenRequest {
            collective: None,
            question: "Do we withhold what we give until there is an agreement?".to_owned(),
            proposals: vec![
                terms(Variant::Pause, Scope { domains: [domain].into(), ..Scope::default() }),
                terms(Variant::EvaluationOnly, Scope::default()),
            ],
            opens: None,
            closes: seconds() + VOTING,
            reveals: None,
            draft: false,
            petition: false,
        };
        let opened = self.coop.call(request).await?;
        let Made::Appended(_) = opened.made else {
            return Err(DemoError::Step("the ballot is a draft".to_owned()));
        };
        let ballot = opened.ballot;
        self.known(Who::Partner, ballot).await?;
        for (name, choice, through) in MEMBERS {
            if name == "dina" {
                self.cast(Who::Coop, ballot, name, "no")?;
            }
            self.cast(through, ballot, name, choice)?;
        }
        let (voted, said) = self.coop.vote(&ballot, "yes", "stranger")?;
        self.teller.check("a vote by somebody who is on no roll", !voted, "refused")?;
        self.teller.fact(said.lines().next().unwrap_or_default());
        self.count(ballot).await
    }

    fn cast(&mut self, through: Who, ballot: Hash, name: &str, choice: &str) -> Result<(), DemoError> {
        let (voted, said) = self.node(through).vote(&ballot, choice, name)?;
        if voted { Ok(()) } else { Err(DemoError::Step(format!("{name} cannot vote: {said}"))) }
    }

    async fn known(&self, who: Who, ballot: Hash) -> Result<(), DemoError> {
        let known = self
            .until(async |story: &Self| {
                let held = story.node(who).call(BallotListRequest { collective: None }).await?.ballots;
                Ok(held.iter().any(|held| held.ballot == ballot).then_some(()))
            })
            .await?;
        known.ok_or_else(|| DemoError::Step(format!("{} does not hear of the ballot", self.node(who).name)))
    }

    /// Every node counts for itself, once the witnesses have said how far the logs went.
    async fn count(&mut self, ballot: Hash) -> Result<RecordId, DemoError> {
        let mut counted = Vec::new();
        for who in [Who::Coop, Who::Partner, Who::Mirror] {
            let shown = self
                .until(async |story: &Self| {
                    let shown = story.ballot(who, ballot).await?;
                    Ok((shown.stage == BallotStage::Carried && !shown.mandates.is_empty()).then_some(shown))
                })
                .await?;
            counted.extend(shown);
        }
        let said = counted.first().map(|shown| {
            let tally = &shown.tally;
            format!("{} yes, {} no, {} abstained", tally.yes, tally.no, tally.abstained)
        });
        let agree = counted.len() == 3 && counted.iter().all(|shown| shown.tally == counted[0].tally);
        self.teller.check("all three nodes count", agree, &said.unwrap_or_else(|| "nothing".to_owned()))?;
        let mandate = counted.first().and_then(|shown| shown.mandates.first()).map(|mandate| mandate.id);
        mandate.ok_or_else(|| DemoError::Step("the ballot gave no mandate".to_owned()))
    }

    async fn ballot(&self, who: Who, ballot: Hash) -> Result<BallotShown, DemoError> {
        let request = BallotShowRequest { ballot: BallotName::Hash(ballot) };
        Ok(self.node(who).call(request).await?.0)
    }

    /// Looks until something is there, as long as patience lasts.
    pub(super) async fn until<T>(
        &self,
        mut look: impl AsyncFnMut(&Self) -> Result<Option<T>, DemoError>,
    ) -> Result<Option<T>, DemoError> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(found) = look(self).await? {
                return Ok(Some(found));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(None)
    }
}

const fn decree(decree: Decree) -> DecreeRequest {
    DecreeRequest { collective: None, decree, draft: false }
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
