//! One layer of LSTM cells over a whole sequence. Source: Hochreiter & Schmidhuber (1997), Neural Computation 9(8),
//! with the forget gate of Gers et al. (2000).
//!
//! tract runs an LSTM as a loop that calls some ten operators a session; with a hundred units the calls cost more than
//! the sums. Here the loop is one function. The shipped network holds several small LSTMs side by side in one, so
//! most of its recurrent weights are zero: independent units are found and computed separately.

use std::ops::Range;

/// Rows of weights that are summed up together; the compiler keeps the sums in registers.
const TILE: usize = 32;
/// Units are moved in groups of this size, so that each group of the four gates fills whole tiles.
const GROUP: usize = TILE / GATES;
/// Input, output and forget gate and the cell's candidate, in ONNX's order.
const GATES: usize = 4;

/// The weights of an LSTM, arranged for [`Recurrence::run`].
#[derive(Debug)]
pub(crate) struct Recurrence {
    inputs: usize,
    hidden: usize,
    /// Units with the padding of each block.
    padded: usize,
    blocks: Vec<Block>,
}

/// Units that read one another and no unit outside.
#[derive(Debug)]
struct Block {
    /// The columns of a line that they read.
    inputs: Range<usize>,
    /// Their place among all units, without and with padding.
    units: Range<usize>,
    places: Range<usize>,
    tiles: Vec<Tile>,
}

#[derive(Debug)]
struct Tile {
    bias: [f32; TILE],
    /// One for each input, then one for each unit of the block.
    weights: Vec<[f32; TILE]>,
    /// Where each group of sums belongs among the gates.
    to: [usize; TILE / GROUP],
}

/// A sigmoid or a hyperbolic tangent of every number in place.
pub(crate) type Activation<'a, E> = &'a dyn Fn(&mut [f32]) -> Result<(), E>;

/// What came of a sequence.
pub(crate) struct Outcome {
    /// The units' outputs after each line, shape `[lines, hidden]`.
    pub(crate) hidden: Vec<f32>,
    /// The units' memory after the last line.
    pub(crate) cell: Vec<f32>,
}

impl Recurrence {
    /// Arranges weights given in ONNX's layout: `w [4 × hidden, inputs]`, `r [4 × hidden, hidden]`, `b [8 × hidden]`,
    /// row by row, the gates in the order input, output, forget, cell.
    ///
    /// # Panics
    /// When the lengths do not fit together.
    pub(crate) fn new(hidden: usize, w: &[f32], r: &[f32], b: &[f32]) -> Self {
        let rows = GATES * hidden;
        assert!(
            hidden > 0 && r.len() == rows * hidden && b.len() == 2 * rows && w.len().is_multiple_of(rows)
        );
        let inputs = w.len() / rows;
        let (mut blocks, mut padded) = (Vec::new(), 0);
        for units in independent(hidden, r) {
            let places = padded..padded + units.len().next_multiple_of(GROUP);
            padded = places.end;
            let of_row = |row: usize| &w[row * inputs..(row + 1) * inputs];
            let rows_of = || (0..GATES).flat_map(|gate| units.clone().map(move |unit| gate * hidden + unit));
            let reads = |input: &usize| rows_of().any(|row| of_row(row)[*input] != 0.0);
            let first = (0..inputs).find(reads).unwrap_or(0);
            let end = (first..inputs).rev().find(reads).map_or(first, |last| last + 1);
            blocks.push(Block { inputs: first..end, units, places, tiles: Vec::new() });
        }
        for block in &mut blocks {
            block.tiles = block.arrange(padded, |gate, unit, column| {
                let row = gate * hidden + unit;
                match column {
                    Column::Bias => b[row] + b[rows + row],
                    Column::Input(input) => w[row * inputs + input],
                    Column::Unit(other) => r[row * hidden + other],
                }
            });
        }
        Self { inputs, hidden, padded, blocks }
    }

    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    pub(crate) fn hidden(&self) -> usize {
        self.hidden
    }

    /// Runs over lines of [`Recurrence::inputs`] numbers each, from a state of zeros.
    pub(crate) fn run<'a, E>(
        &self,
        lines: impl Iterator<Item = &'a [f32]>,
        sigmoid: Activation<'_, E>,
        tanh: Activation<'_, E>,
    ) -> Result<Outcome, E> {
        let mut outputs = Vec::with_capacity(lines.size_hint().0 * self.hidden);
        let mut gates = vec![0.0; GATES * self.padded];
        let (mut hidden, mut cell) = (vec![0.0; self.padded], vec![0.0; self.padded]);
        for line in lines {
            for block in &self.blocks {
                block.weigh(&line[block.inputs.clone()], &hidden[block.places.clone()], &mut gates);
            }
            let (switches, candidate) = gates.split_at_mut(3 * self.padded);
            sigmoid(switches)?;
            tanh(candidate)?;
            let (input, rest) = switches.split_at(self.padded);
            let (output, forget) = rest.split_at(self.padded);
            let admitted = input.iter().zip(&*candidate).map(|(input, candidate)| input * candidate);
            for ((cell, forget), admitted) in cell.iter_mut().zip(forget).zip(admitted) {
                *cell = forget * *cell + admitted;
            }
            hidden.copy_from_slice(&cell);
            tanh(&mut hidden)?;
            hidden.iter_mut().zip(output).for_each(|(hidden, output)| *hidden *= output);
            self.unpad(&hidden, &mut outputs);
        }
        let mut last = Vec::with_capacity(self.hidden);
        self.unpad(&cell, &mut last);
        Ok(Outcome { hidden: outputs, cell: last })
    }

    fn unpad(&self, padded: &[f32], into: &mut Vec<f32>) {
        for block in &self.blocks {
            let first = block.places.start;
            into.extend_from_slice(&padded[first..first + block.units.len()]);
        }
    }
}

/// What a weight belongs to.
enum Column {
    Bias,
    Input(usize),
    Unit(usize),
}

impl Block {
    /// Makes the tiles; `weight` knows the weight of a gate of a unit for a column.
    fn arrange(&self, padded: usize, weight: impl Fn(usize, usize, Column) -> f32) -> Vec<Tile> {
        let groups = self.places.len() / GROUP;
        let tile = |tile: usize| {
            let group = |number: usize| (number / groups, number % groups * GROUP);
            let lane = |lane: usize, column: Column| {
                let (gate, first) = group(tile * (TILE / GROUP) + lane / GROUP);
                let unit = self.units.start + first + lane % GROUP;
                if unit < self.units.end { weight(gate, unit, column) } else { 0.0 }
            };
            let inputs =
                self.inputs.clone().map(|input| std::array::from_fn(|at| lane(at, Column::Input(input))));
            let units = self.units.clone().map(|unit| std::array::from_fn(|at| lane(at, Column::Unit(unit))));
            Tile {
                bias: std::array::from_fn(|at| lane(at, Column::Bias)),
                weights: inputs.chain(units).collect(),
                to: std::array::from_fn(|at| {
                    let (gate, first) = group(tile * (TILE / GROUP) + at);
                    gate * padded + self.places.start + first
                }),
            }
        };
        (0..groups).map(tile).collect()
    }

    /// Writes the weighted sums of the block's gates.
    fn weigh(&self, line: &[f32], hidden: &[f32], gates: &mut [f32]) {
        for tile in &self.tiles {
            let (of_inputs, of_units) = tile.weights.split_at(line.len());
            let mut sums = tile.bias;
            add_weighted(&mut sums, of_inputs, line);
            add_weighted(&mut sums, of_units, hidden);
            for (&to, sums) in tile.to.iter().zip(sums.as_chunks::<GROUP>().0) {
                gates[to..to + GROUP].copy_from_slice(sums);
            }
        }
    }
}

#[inline]
fn add_weighted(sums: &mut [f32; TILE], weights: &[[f32; TILE]], values: &[f32]) {
    for (weights, value) in weights.iter().zip(values) {
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum += weight * value;
        }
    }
}

/// Splits the units into runs that do not read one another: the finest split without changing their order.
fn independent(hidden: usize, r: &[f32]) -> Vec<Range<usize>> {
    let reads =
        |one: usize, other: usize| (0..GATES).any(|gate| r[(gate * hidden + one) * hidden + other] != 0.0);
    let (mut runs, mut first, mut end) = (Vec::new(), 0, 0);
    for unit in 0..hidden {
        let furthest = (unit..hidden).rev().find(|&other| reads(unit, other) || reads(other, unit));
        end = end.max(furthest.unwrap_or(unit) + 1);
        if unit + 1 == end {
            runs.push(first..end);
            first = end;
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    fn sigmoid(value: f32) -> f32 {
        1.0 / (1.0 + (-value).exp())
    }

    fn in_place(function: fn(f32) -> f32) -> impl Fn(&mut [f32]) -> Result<(), Infallible> {
        move |values| {
            values.iter_mut().for_each(|value| *value = function(*value));
            Ok(())
        }
    }

    /// ONNX's definition, unit by unit.
    fn by_definition(hidden: usize, [w, r, b]: [&[f32]; 3], lines: &[&[f32]]) -> (Vec<f32>, Vec<f32>) {
        let (mut state, mut cell, mut outputs) = (vec![0.0; hidden], vec![0.0; hidden], Vec::new());
        for line in lines {
            let sum = |gate: usize, unit: usize| {
                let row = gate * hidden + unit;
                let of_line: f32 = line.iter().zip(&w[row * line.len()..]).map(|(x, w)| x * w).sum();
                let of_state: f32 = state.iter().zip(&r[row * hidden..]).map(|(h, r)| h * r).sum();
                of_line + of_state + b[row] + b[GATES * hidden + row]
            };
            let next: Vec<(f32, f32)> = (0..hidden)
                .map(|unit| {
                    let [i, o, f] = [0, 1, 2].map(|gate| sigmoid(sum(gate, unit)));
                    let cell = f * cell[unit] + i * sum(3, unit).tanh();
                    (o * cell.tanh(), cell)
                })
                .collect();
            (state, cell) = next.into_iter().unzip();
            outputs.extend_from_slice(&state);
        }
        (outputs, cell)
    }

    fn numbers(count: usize) -> impl Strategy<Value = Vec<f32>> {
        proptest::collection::vec(-2.0_f32..2.0, count)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn it_is_the_lstm_of_the_definition_whether_its_units_read_one_another_or_not(
            (inputs, hidden, cut, w, r, b, x) in (1..6_usize, 1..21_usize).prop_flat_map(|(inputs, hidden)| (
                Just(inputs), Just(hidden), 0..=hidden,
                numbers(4 * hidden * inputs), numbers(4 * hidden * hidden), numbers(8 * hidden), numbers(5 * inputs),
            ))
        ) {
            // Units before the cut and after it do not read one another; those before it not the last input either.
            let (mut w, mut r) = (w, r);
            for (row, line) in r.chunks_mut(hidden).enumerate() {
                let apart = if row % hidden < cut { cut..hidden } else { 0..cut };
                line[apart].fill(0.0);
            }
            for (row, line) in w.chunks_mut(inputs).enumerate() {
                if row % hidden < cut { line[inputs - 1] = 0.0 }
            }
            let lines: Vec<&[f32]> = x.chunks(inputs).collect();

            let recurrence = Recurrence::new(hidden, &w, &r, &b);
            let Ok(outcome) =
                recurrence.run(lines.iter().copied(), &in_place(sigmoid), &in_place(f32::tanh));

            let (outputs, cell) = by_definition(hidden, [&w, &r, &b], &lines);
            for (got, expected) in outcome.hidden.iter().zip(&outputs).chain(outcome.cell.iter().zip(&cell)) {
                prop_assert!((got - expected).abs() < 1e-4, "{got} for {expected}");
            }
            prop_assert_eq!(outcome.hidden.len(), outputs.len());
            prop_assert_eq!(outcome.cell.len(), hidden);
        }
    }

    #[test]
    fn units_that_read_one_another_stay_together() {
        // Of five units the first two read one another, the third reads none, the last reads the fourth.
        let mut r = vec![0.0; GATES * 25];
        r[1] = 1.0;
        r[(3 * 5 + 4) * 5 + 3] = 1.0;
        assert_eq!(independent(5, &r), [0..2, 2..3, 3..5]);
    }
}
