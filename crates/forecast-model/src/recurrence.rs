//! One LSTM over a whole sequence. Source: Hochreiter & Schmidhuber (1997), Neural Computation 9(8), with the forget
//! gate of Gers et al. (2000), as ONNX's operator `LSTM` defines it:
//!
//! ```text
//! i, o, f = σ(W x + R h + b)    input, output and forget gate
//! g       = tanh(W x + R h + b) candidate
//! c       ← f ∘ c + i ∘ g       memory
//! h       ← o ∘ tanh(c)         output
//! ```
//!
//! tract runs an LSTM as a loop that calls some ten operators a step; with thirty units the calls cost more than the
//! sums. Here the loop is one function.

/// Rows of weights that are summed up together; the compiler keeps the sums in registers.
const TILE: usize = 32;
/// In ONNX's order: i, o, f, g.
const GATES: usize = 4;
/// The number of units is a multiple of this, so that the gates fill whole tiles.
pub(crate) const GROUP: usize = TILE / GATES;

/// Applies a sigmoid or a hyperbolic tangent to every number in place.
pub(crate) type Activation<'a, E> = &'a dyn Fn(&mut [f32]) -> Result<(), E>;

/// The weights of an LSTM, arranged for [`Recurrence::run`].
#[derive(Debug)]
pub(crate) struct Recurrence {
    pub(crate) inputs: usize,
    pub(crate) hidden: usize,
    tiles: Vec<Tile>,
}

/// The weights of [`TILE`] rows of `W`, `R` and `b`.
#[derive(Debug)]
struct Tile {
    bias: [f32; TILE],
    /// One for each input, then one for each unit.
    columns: Vec<[f32; TILE]>,
}

/// The result of a sequence.
pub(crate) struct Outcome {
    /// The units' outputs after each step, shape `[steps, hidden]`.
    pub(crate) outputs: Vec<f32>,
    /// The units' memory after the last step.
    pub(crate) memory: Vec<f32>,
}

impl Recurrence {
    /// Arranges weights given in ONNX's layout: `w [4 × hidden, inputs]`, `r [4 × hidden, hidden]`, `b [8 × hidden]`,
    /// row by row.
    ///
    /// # Panics
    /// When the lengths do not fit together or `hidden` is no multiple of [`GROUP`].
    pub(crate) fn new(hidden: usize, w: &[f32], r: &[f32], b: &[f32]) -> Self {
        let rows = GATES * hidden;
        assert!(hidden > 0 && hidden.is_multiple_of(GROUP), "{hidden} units");
        assert!(w.len().is_multiple_of(rows) && r.len() == rows * hidden && b.len() == 2 * rows);
        let inputs = w.len() / rows;
        let tile = |first: usize| Tile {
            bias: std::array::from_fn(|lane| b[first + lane] + b[rows + first + lane]),
            columns: [(w, inputs), (r, hidden)]
                .into_iter()
                .flat_map(|(weights, width)| (0..width).map(move |column| (weights, width, column)))
                .map(|(weights, width, column)| {
                    std::array::from_fn(|lane| weights[(first + lane) * width + column])
                })
                .collect(),
        };
        Self { inputs, hidden, tiles: (0..rows).step_by(TILE).map(tile).collect() }
    }

    /// Runs over steps of [`Recurrence::inputs`] numbers each, from a state of zeros.
    pub(crate) fn run<'a, E>(
        &self,
        steps: impl Iterator<Item = &'a [f32]>,
        sigmoid: Activation<'_, E>,
        tanh: Activation<'_, E>,
    ) -> Result<Outcome, E> {
        let hidden = self.hidden;
        let mut gates = vec![0.0; GATES * hidden];
        let (mut output, mut memory, mut outputs) = (vec![0.0; hidden], vec![0.0; hidden], Vec::new());
        for step in steps {
            for (tile, sums) in self.tiles.iter().zip(gates.as_chunks_mut::<TILE>().0) {
                *sums = tile.weighted(step, &output);
            }
            let (switches, candidate) = gates.split_at_mut(3 * hidden);
            sigmoid(switches)?;
            tanh(candidate)?;
            let (input, others) = switches.split_at(hidden);
            let (output_gate, forget) = others.split_at(hidden);
            for unit in 0..hidden {
                memory[unit] = forget[unit] * memory[unit] + input[unit] * candidate[unit];
            }
            output.copy_from_slice(&memory);
            tanh(&mut output)?;
            output.iter_mut().zip(output_gate).for_each(|(output, gate)| *output *= gate);
            outputs.extend_from_slice(&output);
        }
        Ok(Outcome { outputs, memory })
    }
}

impl Tile {
    fn weighted(&self, step: &[f32], output: &[f32]) -> [f32; TILE] {
        let mut sums = self.bias;
        for (column, value) in self.columns.iter().zip(step.iter().chain(output)) {
            for (sum, weight) in sums.iter_mut().zip(column) {
                *sum += weight * value;
            }
        }
        sums
    }
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
    fn by_definition(hidden: usize, [w, r, b]: [&[f32]; 3], steps: &[&[f32]]) -> (Vec<f32>, Vec<f32>) {
        let (mut output, mut memory, mut outputs) = (vec![0.0; hidden], vec![0.0; hidden], Vec::new());
        for step in steps {
            let sum = |gate: usize, unit: usize| {
                let row = gate * hidden + unit;
                let of_step: f32 = step.iter().zip(&w[row * step.len()..]).map(|(x, w)| x * w).sum();
                let of_output: f32 = output.iter().zip(&r[row * hidden..]).map(|(h, r)| h * r).sum();
                of_step + of_output + b[row] + b[GATES * hidden + row]
            };
            let next: Vec<(f32, f32)> = (0..hidden)
                .map(|unit| {
                    let [i, o, f] = [0, 1, 2].map(|gate| sigmoid(sum(gate, unit)));
                    let memory = f * memory[unit] + i * sum(3, unit).tanh();
                    (o * memory.tanh(), memory)
                })
                .collect();
            (output, memory) = next.into_iter().unzip();
            outputs.extend_from_slice(&output);
        }
        (outputs, memory)
    }

    fn numbers(count: usize) -> impl Strategy<Value = Vec<f32>> {
        proptest::collection::vec(-2.0_f32..2.0, count)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn it_answers_what_the_definition_does(
            (hidden, inputs, w, r, b, x) in (1..6_usize, 1..4_usize).prop_flat_map(|(inputs, groups)| {
                let hidden = groups * GROUP;
                let (w, r, b) = (4 * hidden * inputs, 4 * hidden * hidden, 8 * hidden);
                (Just(hidden), Just(inputs), numbers(w), numbers(r), numbers(b), numbers(5 * inputs))
            })
        ) {
            let steps: Vec<&[f32]> = x.chunks(inputs).collect();

            let recurrence = Recurrence::new(hidden, &w, &r, &b);
            let Ok(found) = recurrence.run(steps.iter().copied(), &in_place(sigmoid), &in_place(f32::tanh));

            let (outputs, memory) = by_definition(hidden, [&w, &r, &b], &steps);
            prop_assert_eq!((found.outputs.len(), found.memory.len()), (5 * hidden, hidden));
            for (got, expected) in found.outputs.iter().zip(&outputs).chain(found.memory.iter().zip(&memory)) {
                // Sums of the same float32 numbers in another order.
                prop_assert!((got - expected).abs() < 1e-4, "{got}, expected {expected}");
            }
        }
    }
}
