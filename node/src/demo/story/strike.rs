//! The acts of the strike: it is declared, holds, and is lifted.

use std::time::{Duration, Instant};

use commonwheel_api::types::{
    EmbargoStanding, HoldingsRequest, ImportRequest, RecordShowRequest, ReleaseMode, StrikeDeclareRequest,
    StrikeLiftRequest, StrikeStatusRequest,
};
use commonwheel_record::control::LiftReason;
use commonwheel_record::terms::Slug;
use commonwheel_record::{CollectiveId, RecordId};
use commonwheel_valve::Refusal;

use super::{IRREVOCABLE, PATIENCE, Story, Totals, Who, accept, cut};
use crate::demo::DemoError;
use crate::demo::cluster::Node;
use crate::demo::outsider::{Got, ask};

/// What is contributed while the strike holds.
const DURING: usize = 3;

impl Story {
    pub(super) const fn domain(&self) -> Slug {
        self.counts.busiest.0
    }

    pub(super) async fn strike(&mut self, mandate: RecordId) -> Result<RecordId, DemoError> {
        let domain = self.domain();
        self.teller
            .step(&format!("{} strikes, as voted: a pause on everything about “{domain}”", self.coop.name));
        let declared = Instant::now();
        let request = StrikeDeclareRequest {
            mandate: Some(mandate),
            proposal: Some(1),
            ..StrikeDeclareRequest::default()
        };
        let answer = self.coop.call(request).await?;
        let coverage = answer.coverage;
        self.teller.fact(&format!(
            "{} in scope: {} withheld, {} flow on under an irrevocable licence",
            coverage.in_scope, coverage.withheld, coverage.irrevocable
        ));
        self.teller.check(
            "in scope",
            coverage.in_scope == 3 * self.counts.busiest.1,
            &coverage.in_scope.to_string(),
        )?;
        for who in [Who::Partner, Who::Mirror] {
            let enforced = self.enforced(who, answer.id).await?;
            let what = format!("{} enforces it", self.node(who).name);
            self.teller.check(&what, enforced, &format!("after {} ms", declared.elapsed().as_millis()))?;
        }
        Ok(answer.id)
    }

    pub(super) async fn enforced(&self, who: Who, embargo: RecordId) -> Result<bool, DemoError> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let status =
                self.node(who).call(StrikeStatusRequest { collective: Some(self.collective) }).await?;
            if status
                .embargoes
                .iter()
                .any(|found| found.id == embargo && found.standing == EmbargoStanding::InForce)
            {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(false)
    }

    pub(super) async fn refuse(&mut self, embargo: RecordId, totals: &Totals) -> Result<(), DemoError> {
        self.teller.step("While it holds: a stranger asks for covered bodies directly, past every session");
        let default = default_licence(&self.coop, self.collective).await?;
        let covered = self.find(&default, totals.all).await?;
        let free = self.find(IRREVOCABLE, totals.all).await?;
        let withheld = Got::Refused(Refusal::Withheld(embargo));
        let asked = [
            ("covered, from the co-op", self.coop.address.clone(), covered, withheld),
            ("covered, from the partner", self.partner.address.clone(), covered, withheld),
            ("irrevocable, from the co-op", self.coop.address.clone(), free, withheld),
            ("irrevocable, from the partner", self.partner.address.clone(), free, Got::Body),
        ];
        for (what, address, record, expected) in asked {
            let got = ask(&address, record).await?;
            let text = match got {
                Got::Body => "served".to_owned(),
                Got::Refused(refusal) => refusal.name().to_owned(),
            };
            self.teller.check(what, got == expected, &text)?;
        }
        Ok(())
    }

    /// Finds a contribution of the strike's domain and a licence.
    async fn find(&self, licence: &str, size: u64) -> Result<RecordId, DemoError> {
        let domain = self.domain().to_string();
        for index in 0..size + 16 {
            let id = RecordId { feed: self.feed, index };
            let shown = self.coop.call(RecordShowRequest { id, body: false }).await?;
            let header = shown.header.unwrap_or_default();
            if header["domain"] == domain.as_str()
                && header["licence"] == licence
                && header["tier"] == "public"
            {
                return Ok(id);
            }
        }
        Err(DemoError::Step(format!("no contribution about {domain} under {licence}")))
    }

    pub(super) async fn go_on(&mut self, totals: &Totals) -> Result<(), DemoError> {
        self.teller.step("Work goes on: new contributions show as commitments and headers");
        let domain = self.domain();
        let lines: Vec<String> = (0..DURING)
            .map(|n| format!("{{\"lang\": \"en\", \"domain\": \"{domain}\", \"text\": \"written during the strike, {n}\"}}"))
            .collect();
        self.coop.import(ImportRequest::default(), lines.join("\n").into_bytes()).await?;
        let accepted = accept(&self.coop).await?;
        self.teller.check("accepted", accepted == DURING as u64, &accepted.to_string())?;
        let answer = self.coop.call(cut(ReleaseMode::Open, None)).await?;
        self.teller.check(
            "their release is held back",
            answer.releases.is_empty() && answer.held_back == accepted,
            &format!("{} of {accepted}", answer.held_back),
        )?;
        self.expect(Who::Partner, totals.all + accepted, totals.open).await?;
        self.expect(Who::Mirror, totals.all + accepted, totals.all).await
    }

    pub(super) async fn lift(&mut self, embargo: RecordId, totals: &Totals) -> Result<Totals, DemoError> {
        self.teller.step("The demand is met: the embargo is lifted, and everyone catches up");
        let reason = LiftReason::Settled;
        let lift = StrikeLiftRequest { embargo, scope: None, reason, settlement: None, mandate: None };
        self.coop.call(lift).await?;
        let during = DURING as u64;
        let releases = self.coop.call(cut(ReleaseMode::Open, None)).await?.releases;
        let released: u64 = releases.iter().map(|release| release.contributions).sum();
        self.teller.check("released now", released == during, &released.to_string())?;
        self.expect(Who::Coop, totals.all + during, totals.all + during).await?;
        self.expect(Who::Partner, totals.all + during, totals.open + during).await?;
        self.expect(Who::Mirror, totals.all + during, totals.all + during).await?;
        self.converged().await?;
        Ok(Totals { all: totals.all + during, open: totals.open + during })
    }

    /// Equal heads, equal views, and nothing wanted.
    pub(super) async fn converged(&mut self) -> Result<(), DemoError> {
        let until = Instant::now() + PATIENCE;
        loop {
            let mut answers = Vec::new();
            for node in [&self.coop, &self.partner, &self.mirror] {
                answers.push(node.call(HoldingsRequest::default()).await?);
            }
            let first = &answers[0];
            let equal = answers.iter().all(|answer| {
                let settled = answer.feeds.iter().all(|feed| feed.wanted == 0 && feed.missing_leaves == 0);
                answer.heads_root == first.heads_root && answer.views == first.views && settled
            });
            if equal || Instant::now() > until {
                let root = first.heads_root.to_string();
                return self.teller.check(
                    "all three nodes agree",
                    equal,
                    &format!("heads root {}…", &root[..12]),
                );
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

async fn default_licence(coop: &Node, id: CollectiveId) -> Result<String, DemoError> {
    let shown = coop.call(commonwheel_api::types::CollectiveShowRequest { id }).await?;
    let charter = shown.charter.ok_or_else(|| DemoError::Step("the co-op has no charter".to_owned()))?;
    Ok(charter.default_licence.to_string())
}
