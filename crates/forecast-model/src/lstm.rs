//! tract's LSTM, replaced by [`Recurrence`] where it is of the plain kind: one direction, the usual activations, no
//! peepholes, constant weights, a start from zero, units by the group. tract runs any other itself.

use std::sync::Arc;

use tract_onnx::model::ParsingContext;
use tract_onnx::ops::rec::{common::CommonRec, lstm};
use tract_onnx::pb::NodeProto;
use tract_onnx::tract_core::tract_linalg::routines::Func;
use tract_onnx::tract_hir::internal::*;
use tract_onnx::tract_hir::ops::{math, nn};

use crate::recurrence::{GROUP, Recurrence};

/// Builds the operator `LSTM` of an ONNX graph.
pub(crate) fn build(
    context: &ParsingContext<'_>,
    node: &NodeProto,
) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    if node.attribute.iter().any(|attribute| attribute.name != "hidden_size") {
        return lstm::lstm(context, node);
    }
    let cell =
        lstm::LSTM { f: Box::new(nn::sigmoid()), g: Box::new(math::tanh()), h: Box::new(math::tanh()) };
    let common = CommonRec::from_node_and_options(node, 3, 0, Box::new(cell))?;
    Ok((expand(Lstm(common)), Vec::new()))
}

/// An LSTM as tract reads it.
#[derive(Clone, Debug)]
struct Lstm(CommonRec);

impl Expansion for Lstm {
    fn name(&self) -> StaticName {
        self.0.name()
    }

    fn validation(&self) -> Validation {
        self.0.validation()
    }

    fn nboutputs(&self) -> TractResult<usize> {
        self.0.nboutputs()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        self.0.rules(solver, inputs, outputs)
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        let Some(sequence) = self.plain(model, inputs)? else { return self.0.wire(prefix, model, inputs) };
        let outlets = model.wire_node(prefix, sequence, &inputs[..1])?;
        let read = [self.0.optional_y_output, self.0.optional_y_h_output, self.0.optional_y_c_output];
        Ok(outlets
            .into_iter()
            .zip(read)
            .filter(|(_, slot)| slot.is_some())
            .map(|(outlet, _)| outlet)
            .collect())
    }
}

impl Lstm {
    /// The whole-sequence operator, where this LSTM is of the plain kind.
    fn plain(&self, model: &TypedModel, inputs: &[OutletId]) -> TractResult<Option<LstmSequence>> {
        let common = &self.0;
        if common.batch_first
            || common.optional_sequence_lens_input.is_some()
            || common.optional_p_input.is_some()
        {
            return Ok(None);
        }
        let constant = |slot: usize| -> TractResult<_> { Ok(model.outlet_fact(inputs[slot])?.konst.clone()) };
        for start in [common.optional_initial_h_input, common.optional_initial_c_input].into_iter().flatten()
        {
            let Some(start) = constant(start)? else { return Ok(None) };
            if start.try_as_plain_ram()?.as_slice::<f32>()?.iter().any(|&value| value != 0.0) {
                return Ok(None);
            }
        }
        let Some(bias) = common.optional_bias_input else { return Ok(None) };
        let (Some(w), Some(r), Some(b)) = (constant(1)?, constant(2)?, constant(bias)?) else {
            return Ok(None);
        };
        // Two directions would make the first dimension two.
        let &[1, _, hidden] = r.shape() else { return Ok(None) };
        if !hidden.is_multiple_of(GROUP) {
            return Ok(None);
        }
        if [&w, &r, &b].into_iter().any(|weights| weights.datum_type() != f32::datum_type()) {
            return Ok(None);
        }
        let [w, r, b] = [w.try_as_plain_ram()?, r.try_as_plain_ram()?, b.try_as_plain_ram()?];
        let recurrence = Recurrence::new(hidden, w.as_slice()?, r.as_slice()?, b.as_slice()?);
        Ok(Some(LstmSequence(Arc::new(recurrence))))
    }
}

/// From the sequences `[steps, N, inputs]` to the three outputs of ONNX's LSTM: all outputs `[steps, 1, N, hidden]`,
/// the last ones and the last memory, both `[1, N, hidden]`.
#[derive(Clone, Debug)]
struct LstmSequence(Arc<Recurrence>);

impl PartialEq for LstmSequence {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for LstmSequence {}

impl Op for LstmSequence {
    fn name(&self) -> StaticName {
        "LstmSequence".into()
    }

    op_as_typed_op!();
}

impl EvalOp for LstmSequence {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (sigmoid, tanh) = (Func::Sigmoid.ew_f32()?, Func::Tanh.ew_f32()?);
        let &[steps, sequences, width] = inputs[0].shape() else {
            bail!("expected steps, sequences, inputs")
        };
        let (recurrence, hidden) = (&*self.0, self.0.hidden);
        ensure!(width == recurrence.inputs, "a step has {width} values, expected {}", recurrence.inputs);
        let plain = inputs[0].try_as_plain_ram()?;
        let values = plain.as_slice::<f32>()?;
        let mut all = vec![0.0; steps * sequences * hidden];
        let (mut last, mut memory) = (Vec::new(), Vec::new());
        for sequence in 0..sequences {
            let of_this = values.chunks_exact(width).skip(sequence).step_by(sequences);
            let outcome =
                recurrence.run(of_this, &|values| sigmoid.run(values), &|values| tanh.run(values))?;
            let places = all.chunks_exact_mut(hidden).skip(sequence).step_by(sequences);
            places
                .zip(outcome.outputs.chunks_exact(hidden))
                .for_each(|(place, step)| place.copy_from_slice(step));
            last.extend_from_slice(&outcome.outputs[outcome.outputs.len().saturating_sub(hidden)..]);
            memory.extend_from_slice(&outcome.memory);
        }
        Ok(tvec!(
            Tensor::from_shape(&[steps, 1, sequences, hidden], &all)?.into_tvalue(),
            Tensor::from_shape(&[1, sequences, hidden], &last)?.into_tvalue(),
            Tensor::from_shape(&[1, sequences, hidden], &memory)?.into_tvalue(),
        ))
    }
}

impl TypedOp for LstmSequence {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let (steps, sequences) = (inputs[0].shape[0].clone(), inputs[0].shape[1].clone());
        let (one, hidden) = (1.to_dim(), self.0.hidden.to_dim());
        let state = f32::fact([one.clone(), sequences.clone(), hidden.clone()]);
        Ok(tvec!(f32::fact([steps, one, sequences, hidden]), state.clone(), state))
    }

    as_op!();
}
