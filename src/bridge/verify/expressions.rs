//! Whether the interpolations of a workflow come to the same before and after.

use std::collections::HashMap;

use super::Moved;
use crate::bridge::node_path;
use crate::document::{self, Budget, Content, NodeId, Step, Stream};
use crate::interpolation::{self, Evaluator, Position, Value};
use crate::reference::Options;

/// Compares what the interpolations come to. One that can't be resolved before need not be after.
pub(super) fn compare(
    before: &str,
    after: &str,
    moved: &[Moved<'_>],
    options: &Options,
) -> Result<(), String> {
    let parsed = |text| document::parse(text).map_err(|problem| problem.message);
    let (before, after) = (parsed(before)?, parsed(after)?);
    let (Some(own), Some(other)) = (before.documents.first(), after.documents.first()) else {
        return Ok(());
    };
    let (before_root, root) = (before.resolve(*own), after.resolve(*other));
    let places: HashMap<Vec<Step>, Position> =
        Expressions::of(&before, before_root)?.into_iter().collect();
    let mut old = Evaluator::new(&before, before_root, &options.environment);
    let mut new = Evaluator::new(&after, root, &options.environment);
    for (steps, position) in &Expressions::of(&after, root)? {
        // What was moved has only interpolations that do not lead out of it.
        let is_moved = |moved: &Moved<'_>| steps.starts_with(&moved.candidate.steps);
        if moved.iter().any(is_moved) {
            continue;
        }
        let Some(expected) = places
            .get(steps)
            .and_then(|place| value(&mut old, &before, place))
        else {
            continue;
        };
        let found = value(&mut new, &after, position);
        let is_same = match (&expected, &found) {
            // Its contents are compared where they stand.
            (Value::Collection(_), Some(Value::Collection(_))) => true,
            (Value::Text(own), Some(Value::Text(other))) => own.pieces == other.pieces,
            (expected, Some(found)) => expected == found,
            (_, None) => false,
        };
        if !is_same {
            let path = node_path::shown(steps);
            return Err(format!("the interpolation at `{path}` would be another"));
        }
    }
    Ok(())
}

/// What the expression at a position comes to, if it comes to anything.
fn value(evaluator: &mut Evaluator<'_, '_>, stream: &Stream<'_>, at: &Position) -> Option<Value> {
    let expression = interpolation::parse(stream.string(at.node()?)?).ok()?;
    // One for each: what one of them costs must not keep the others from being looked at.
    let mut budget = Budget::for_bytes(stream.text.len());
    evaluator.evaluate(&expression, at, &mut budget).value.ok()
}

/// All strings with interpolations, by path.
struct Expressions<'e, 't> {
    stream: &'e Stream<'t>,
    budget: Budget,
    steps: Vec<Step>,
    chain: Vec<NodeId>,
    found: Vec<(Vec<Step>, Position)>,
}

impl<'e, 't> Expressions<'e, 't> {
    fn of(stream: &'e Stream<'t>, root: NodeId) -> Result<Vec<(Vec<Step>, Position)>, String> {
        let mut all = Self {
            stream,
            budget: Budget::for_bytes(stream.text.len()),
            steps: Vec::new(),
            chain: Vec::new(),
            found: Vec::new(),
        };
        all.collect(root, 0)
            .map_err(|_| "its aliases expand to more than can be read".to_owned())?;
        Ok(all.found)
    }

    fn collect(&mut self, node: NodeId, depth: usize) -> Result<(), document::OverBudget> {
        self.budget.spend(1)?;
        if depth > document::MAX_DEPTH {
            return Err(document::OverBudget);
        }
        let stream = self.stream;
        let node = stream.resolve(node);
        self.chain.push(node);
        match &stream.node(node).content {
            Content::Scalar { .. } => {
                if stream
                    .string(node)
                    .is_some_and(interpolation::is_expression)
                {
                    let chain = self.chain.clone();
                    self.found.push((self.steps.clone(), Position { chain }));
                }
            }
            Content::Sequence { items, .. } => {
                for (index, item) in items.iter().enumerate() {
                    self.steps.push(Step::Index(index));
                    self.collect(*item, depth + 1)?;
                    self.steps.pop();
                }
            }
            Content::Mapping { .. } => {
                for entry in stream.effective_entries(node, &mut self.budget)? {
                    let key = stream.scalar(entry.key).unwrap_or_default();
                    self.steps.push(Step::from(key));
                    self.collect(entry.value, depth + 1)?;
                    self.steps.pop();
                }
            }
            // `resolve` never ends at an alias.
            Content::Alias(_) => {}
        }
        self.chain.pop();
        Ok(())
    }
}
