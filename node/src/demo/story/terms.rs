//! The second kind of strike: terms change, and bodies flow.

use commonwheel_api::types::{
    ImportRequest, RecordShowRequest, ReleaseMode, StrikeDeclareRequest, StrikeLiftRequest,
};
use commonwheel_record::RecordId;
use commonwheel_record::control::{LiftReason, Variant};
use commonwheel_valve::Refusal;

use super::{IRREVOCABLE, Story, Totals, Who, accept, cut, licence};
use crate::demo::DemoError;
use crate::demo::outsider::{Got, ask};

/// What is contributed under each licence while the strike stands.
const EACH: u64 = 2;

impl Story {
    /// What the charter asks for is asked for by every node: without a mandate there is no strike.
    pub(super) async fn unmandated(&mut self) -> Result<(), DemoError> {
        let request =
            StrikeDeclareRequest { variant: Some(Variant::Pause), ..StrikeDeclareRequest::default() };
        let said = match self.coop.call(request).await {
            Ok(answer) => Err(DemoError::Step(format!("{} was declared without a ballot", answer.id))),
            Err(DemoError::Client { source, .. }) => Ok(source.to_string()),
            Err(other) => Err(other),
        }?;
        self.teller.check("a strike without a ballot", true, "refused: the charter demands a mandate")?;
        self.teller.fact(&said);
        Ok(())
    }

    pub(super) async fn evaluation_only(
        &mut self,
        mandate: RecordId,
        totals: &Totals,
    ) -> Result<(), DemoError> {
        self.teller.step("The same mandate, another kind of strike: what is new is for evaluation only");
        let request = StrikeDeclareRequest {
            mandate: Some(mandate),
            proposal: Some(2),
            ..StrikeDeclareRequest::default()
        };
        let embargo = self.coop.call(request).await?.id;
        for who in [Who::Partner, Who::Mirror] {
            let enforced = self.enforced(who, embargo).await?;
            self.teller.check(
                &format!("{} enforces it", self.node(who).name),
                enforced,
                "evaluation-only",
            )?;
        }
        let size = self.size().await?;
        self.give(ImportRequest::default()).await?;
        let released = self.coop.call(cut(ReleaseMode::Open, None)).await?.releases;
        let opened: u64 = released.iter().map(|release| release.contributions).sum();
        self.teller.check("revocable contributions are released", opened == EACH, &opened.to_string())?;
        self.give(ImportRequest { licence: Some(licence(IRREVOCABLE)?), ..ImportRequest::default() }).await?;
        let queued = self.coop.call(cut(ReleaseMode::Open, None)).await?;
        self.teller.check(
            "irrevocable releases queue",
            queued.releases.is_empty() && queued.held_back == EACH,
            &format!("{} of {EACH}", queued.held_back),
        )?;
        let (all, open) = (totals.all + 2 * EACH, totals.open + EACH);
        self.expect(Who::Partner, all, open).await?;
        self.expect(Who::Mirror, all, totals.all + EACH).await?;
        self.denied(size).await?;
        self.end(embargo, all, open + EACH).await
    }

    async fn size(&self) -> Result<u64, DemoError> {
        let request = commonwheel_api::types::FeedListRequest { collective: Some(self.collective) };
        let feeds = self.coop.call(request).await?.feeds;
        let feed = feeds.iter().find(|feed| feed.id == self.feed);
        feed.map(|feed| feed.size).ok_or_else(|| DemoError::Step("the co-op has no data feed".to_owned()))
    }

    async fn give(&self, terms: ImportRequest) -> Result<(), DemoError> {
        let kind =
            if terms.licence.is_some() { "under its own licence" } else { "under the default contract" };
        let line = |n: u64| {
            format!("{{\"lang\": \"en\", \"domain\": \"strikes\", \"text\": \"on new terms, {kind}, {n}\"}}")
        };
        let lines: Vec<String> = (0..EACH).map(line).collect();
        self.coop.import(terms, lines.join("\n").into_bytes()).await?;
        let accepted = accept(&self.coop).await?;
        if accepted == EACH { Ok(()) } else { Err(DemoError::Step(format!("{accepted} accepted"))) }
    }

    /// The mirror holds a new body, knows that it is not for training, and is refused it for that.
    async fn denied(&mut self, size: u64) -> Result<(), DemoError> {
        let mut record = RecordId { feed: self.feed, index: size };
        loop {
            let shown = self.mirror.call(RecordShowRequest { id: record, body: false }).await?;
            if let Some(effective) = shown.effective_preferences {
                let denied = effective["train"] == "deny";
                self.teller.check("a new contribution, at the mirror", denied, "train = deny")?;
                break;
            }
            record.index += 1;
        }
        let got = ask(&self.partner.address, record).await?;
        let refused = got == Got::Refused(Refusal::Purpose);
        self.teller.check("asked for it to train on, the partner", refused, "refuses: purpose")
    }

    async fn end(&mut self, embargo: RecordId, all: u64, open: u64) -> Result<(), DemoError> {
        let reason = LiftReason::Settled;
        let lift = StrikeLiftRequest { embargo, scope: None, reason, settlement: None, mandate: None };
        self.coop.call(lift).await?;
        let releases = self.coop.call(cut(ReleaseMode::Open, None)).await?.releases;
        let released: u64 = releases.iter().map(|release| release.contributions).sum();
        self.teller.check("lifted, and what queued is released", released == EACH, &released.to_string())?;
        self.expect(Who::Coop, all, all).await?;
        self.expect(Who::Partner, all, open).await?;
        self.expect(Who::Mirror, all, all).await?;
        self.converged().await
    }
}
