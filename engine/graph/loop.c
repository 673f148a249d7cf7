/* SPDX-License-Identifier: MIT */
/* The gradient of While: a While that runs backwards. The forward loop keeps what each iteration's gradient needs in lists,
   which are further variables of its body; the backward one takes the lists' elements from the end. */
#include "engine/eager/backprop.h"
#include "engine/graph/call.h"
#include "engine/graph/control_flow.h"
#include "engine/ops/block.h"

#define ACCUMULATE "accumulate"

/* What is known while a gradient is made. Variables are the loop's own and the lists that earlier gradients keep. */
typedef struct
{
  LkContext *ctx;
  const LkCall *call;
  LkNode *node;
  LkFunction *body;       /* as it was before this gradient widened it */
  LkBackward *backward;
  guint n_variables, n_captures;
  GPtrArray *needed;      /* tensors of the body that are kept, in the order of the new lists */
  GArray *lists;          /* guint: the outputs of the node that are their lists */
  LkTensor *const *dy;
} Pass;

static LkTensor *
captured (const Pass *pass, guint i)
{
  const GArray *captures = pass->backward->function->graph->captures;
  return g_array_index (captures, LkCapture, i).outer;
}

/* Which of the node's captures a tensor of the body is, -1 when it changes with the iterations. */
static gint
constant_input (const Pass *pass, const LkTensor *tensor)
{
  return lk_tensors_find (pass->body->inputs + pass->n_variables, pass->n_captures, tensor);
}

static void
find_needed (Pass *pass)
{
  for (guint i = 0; i < pass->backward->function->graph->captures->len; i++)
    if (constant_input (pass, captured (pass, i)) < 0)
      g_ptr_array_add (pass->needed, captured (pass, i));
}

/* What variable i of the body is a list of, in each iteration, for the gradients; NULL when it is none. */
static LkTensor *
kept_in (const Pass *pass, guint i)
{
  const LkNode *push = pass->body->outputs[i]->node;
  return push->op->index == LK_OP_TENSOR_LIST_PUSH_BACK && push->inputs[0] == pass->body->inputs[i]
         && g_str_has_prefix (push->name, ACCUMULATE) ? push->inputs[1] : NULL;
}

/* The variable of the body that is a list of what this tensor was in each iteration; -1 when there is none. */
static gint
find_list (const Pass *pass, const LkTensor *tensor)
{
  for (guint i = 0; i < pass->n_variables; i++)
    if (kept_in (pass, i) == tensor)
      return i;
  return -1;
}

/* The list's length is the number of iterations, so that one is needed in any case: one that is there, if possible. */
static void
need_something (Pass *pass)
{
  for (guint i = 0; i < pass->n_variables; i++)
    if (kept_in (pass, i) != NULL)
      {
        g_ptr_array_add (pass->needed, kept_in (pass, i));
        return;
      }
  g_autoptr (LkTensor) one = lk_tensor_new_int32 (1);
  LkTensor *node = lk_const (pass->ctx, one, LK_INT32);
  g_ptr_array_add (pass->needed, node);
  lk_tensor_unref (node);
}

/* Adds to the body's graph, which no plan has looked at beyond its present end, the lists and what they are given. */
static void
keep_needed (Pass *pass, GPtrArray *inputs, GPtrArray *outputs)
{
  LkContext *ctx = pass->ctx;
  lk_context_enter (ctx, pass->body->graph);
  if (pass->needed->len == 0)
    need_something (pass);
  for (guint i = 0; i < pass->needed->len; i++)
    {
      gint known = find_list (pass, pass->needed->pdata[i]);
      guint place = known >= 0 ? (guint) known : pass->node->n_outputs + inputs->len;
      g_array_append_val (pass->lists, place);
      if (known >= 0)
        continue;
      LkTensor *list = lk_placeholder (ctx, ACCUMULATE "/list", LK_VARIANT, &LK_SCALAR);
      lk_graph_name_next (pass->body->graph, ACCUMULATE);
      LkTensor *longer = lk_tensor_list_push_back (ctx, list, pass->needed->pdata[i]);
      g_ptr_array_add (inputs, list);
      g_ptr_array_add (outputs, longer);
      lk_tensor_unref (list);
      lk_tensor_unref (longer);
    }
  lk_context_leave (ctx);
}

static gboolean
widen (Pass *pass)
{
  g_autoptr (GPtrArray) inputs = g_ptr_array_new (), outputs = g_ptr_array_new (), begun = g_ptr_array_new (),
    lists = g_ptr_array_new ();
  LkFunction *wide;
  keep_needed (pass, begun, lists);
  if (pass->ctx->error != NULL || lists->len == 0)
    return pass->ctx->error == NULL;
  for (guint i = 0; i < pass->n_variables; i++)
    {
      g_ptr_array_add (inputs, pass->body->inputs[i]);
      g_ptr_array_add (outputs, pass->body->outputs[i]);
    }
  g_ptr_array_extend (inputs, begun, NULL, NULL);
  g_ptr_array_extend (outputs, lists, NULL, NULL);
  for (guint i = 0; i < pass->n_captures; i++)
    g_ptr_array_add (inputs, pass->body->inputs[pass->n_variables + i]);
  wide = lk_function_new_widened (pass->body, (LkTensor **) inputs->pdata, inputs->len, (LkTensor **) outputs->pdata,
                                  outputs->len);
  LkAttr attrs[] = { { .func = wide }, pass->node->attrs[1] };
  lk_node_widen (pass->ctx, pass->node, (LkTensor **) lists->pdata, lists->len, attrs);
  lk_function_unref (wide);
  return TRUE;
}

/* ---- the backward loop ---- */

/* Its variables: the iterations left, the gradients of the variables, the lists, the gradients of the captures. */
typedef struct
{
  GPtrArray *first;       /* what they begin with */
  GPtrArray *body, *cond; /* what stands for them in the two graphs */
  GPtrArray *next;        /* in the body's graph */
} Variables;

static void
variable_add (Variables *variables, LkTensor *first)
{
  g_ptr_array_add (variables->first, first);
  g_ptr_array_add (variables->body, NULL);
  g_ptr_array_add (variables->cond, NULL);
}

static gboolean
has_gradient (const Pass *pass, guint i)
{
  return pass->backward->given[i];
}

static gint
capture_result (const Pass *pass, guint i)
{
  return lk_call_wants_gradient (pass->call, pass->call->n_inputs - pass->n_captures + i)
         ? pass->backward->results[pass->n_variables + i] : -1;
}

static void
variables_begin (Pass *pass, Variables *variables)
{
  LkContext *ctx = pass->ctx;
  variable_add (variables, lk_tensor_list_length (ctx, pass->node->outputs[g_array_index (pass->lists, guint, 0)]));
  for (guint i = 0; i < pass->n_variables; i++)
    if (has_gradient (pass, i))
      variable_add (variables, i < pass->call->n_outputs && pass->dy[i] != NULL ? lk_tensor_ref (pass->dy[i])
                    : lk_zeros_like (ctx, pass->node->outputs[i]));
  for (guint i = 0; i < pass->needed->len; i++)
    variable_add (variables, lk_tensor_ref (pass->node->outputs[g_array_index (pass->lists, guint, i)]));
  for (guint i = 0; i < pass->n_captures; i++)
    if (capture_result (pass, i) >= 0)
      variable_add (variables,
                    lk_zeros_for (ctx, pass->call->inputs[pass->call->n_inputs - pass->n_captures + i]));
}

/* Gradients have the shapes of what they are gradients of, which may be less known than those they begin with. */
static void
place_all (LkContext *ctx, GPtrArray *into, const Variables *variables, const Pass *pass)
{
  guint place = 1, n = variables->first->len;
  LkShape *shapes = g_new (LkShape, n);
  for (guint i = 0; i < n; i++)
    shapes[i] = ((LkTensor *) variables->first->pdata[i])->shape;
  for (guint i = 0; i < pass->n_variables; i++)
    if (has_gradient (pass, i))
      shapes[place++] = pass->body->inputs[i]->shape;
  for (guint i = 0; i < n; i++)
    into->pdata[i] = lk_placeholder (ctx, i == 0 ? "iterations" : "gradient",
                                     ((LkTensor *) variables->first->pdata[i])->dtype, &shapes[i]);
  g_free (shapes);
}

static LkTensor *
trace_cond (LkContext *ctx, const Variables *variables)
{
  g_autoptr (LkTensor) zero = lk_tensor_new_int32 (0);
  return lk_greater (ctx, variables->cond->pdata[0], zero);
}

/* The elements that the lists end with, in place of what the forward body had; next gets the shorter lists. */
static void
pop_all (Pass *pass, LkTensor *const *lists, LkTensor **elements, LkTensor **shorter)
{
  for (guint i = 0; i < pass->needed->len; i++)
    {
      const LkTensor *like = pass->needed->pdata[i];
      LkTensor *parts[2] = { NULL };
      lk_tensor_list_pop_back (pass->ctx, lists[i], like->dtype, &like->shape, parts);
      shorter[i] = parts[0];
      elements[i] = parts[1];
    }
}

static LkTensor **
backward_inputs (const Pass *pass, LkTensor *const *gradients, guint n_gradients, LkTensor *const *elements)
{
  const LkCall *call = pass->call;
  LkTensor **inputs = g_new (LkTensor *, pass->backward->function->n_all + 1);
  guint n = 0, element = 0;
  for (guint i = 0; i < n_gradients; i++)
    inputs[n++] = gradients[i];
  for (guint i = 0; i < pass->backward->function->graph->captures->len; i++)
    {
      gint constant = constant_input (pass, captured (pass, i));
      inputs[n++] = constant >= 0 ? call->inputs[call->n_inputs - pass->n_captures + constant] : elements[element++];
    }
  return inputs;
}

static void
trace_body (Pass *pass, Variables *variables)
{
  LkContext *ctx = pass->ctx;
  LkTensor **now = (LkTensor **) variables->body->pdata;
  guint n_lists = pass->needed->len, n_results = pass->backward->function->n_outputs, n_gradients = 0, place = 1;
  for (guint i = 0; i < pass->n_variables; i++)
    n_gradients += has_gradient (pass, i);
  g_autofree LkTensor **elements = g_new0 (LkTensor *, n_lists), **shorter = g_new0 (LkTensor *, n_lists);
  g_autofree LkTensor **results = g_new0 (LkTensor *, n_results + 1), **inputs = NULL;
  g_autoptr (LkTensor) one = lk_tensor_new_int32 (1);
  pop_all (pass, now + 1 + n_gradients, elements, shorter);
  inputs = backward_inputs (pass, now + 1, n_gradients, elements);
  lk_function_apply (ctx, pass->backward->function, inputs, results);
  g_ptr_array_add (variables->next, lk_sub (ctx, now[0], one));
  for (guint i = 0; i < pass->n_variables; i++)
    if (has_gradient (pass, i))
      {
        gint result = pass->backward->results[i];
        g_ptr_array_add (variables->next, result >= 0 ? lk_tensor_ref (results[result]) : lk_zeros_like (ctx, now[place]));
        place++;
      }
  for (guint i = 0; i < n_lists; i++)
    g_ptr_array_add (variables->next, shorter[i]);
  place += n_lists;
  for (guint i = 0; i < pass->n_captures; i++)
    if (capture_result (pass, i) >= 0)
      {
        LkTensor *result = results[capture_result (pass, i)];
        g_ptr_array_add (variables->next, lk_gradients_add (ctx, now[place++], result));
      }
  for (guint i = 0; i < n_lists; i++)
    lk_tensor_unref (elements[i]);
  for (guint i = 0; i < n_results; i++)
    lk_tensor_unref (results[i]);
}

static void
take_results (const Pass *pass, LkTensor **outputs, LkTensor **dx)
{
  const LkCall *call = pass->call;
  guint n_inputs = call->n_inputs - pass->n_captures, place = 1;
  for (guint i = 0; i < pass->n_variables; i++)
    if (has_gradient (pass, i))
      {
        if (i < n_inputs)
          dx[i] = lk_tensor_ref (outputs[place]);
        place++;
      }
  place += pass->needed->len;
  for (guint i = 0; i < pass->n_captures; i++)
    if (capture_result (pass, i) >= 0)
      dx[n_inputs + i] = lk_tensor_ref (outputs[place++]);
}

static LkGraph *
new_graph (const Pass *pass, const char *suffix)
{
  g_autofree char *name = g_strconcat (pass->body->name, suffix, NULL);
  LkGraph *graph = lk_graph_new (name);
  lk_graph_order_effects (graph);
  return graph;
}

static void
run_backwards (Pass *pass, LkTensor **dx)
{
  LkContext *ctx = pass->ctx;
  GDestroyNotify drop = (GDestroyNotify) lk_tensor_unref;
  g_autoptr (GPtrArray) first = g_ptr_array_new_with_free_func (drop), body = g_ptr_array_new_with_free_func (drop),
    cond = g_ptr_array_new_with_free_func (drop), next = g_ptr_array_new_with_free_func (drop);
  Variables variables = { first, body, cond, next };
  LkGraph *cond_graph = new_graph (pass, "_gradient_cond"), *body_graph = new_graph (pass, "_gradient_body");
  LkTensor *holds = NULL;
  variables_begin (pass, &variables);
  if (ctx->error == NULL)
    {
      lk_context_enter (ctx, cond_graph);
      place_all (ctx, cond, &variables, pass);
      holds = trace_cond (ctx, &variables);
      lk_context_leave (ctx);
      lk_context_enter (ctx, body_graph);
      place_all (ctx, body, &variables, pass);
      trace_body (pass, &variables);
      lk_context_leave (ctx);
    }
  if (ctx->error == NULL)
    {
      g_autofree LkTensor **outputs = g_new0 (LkTensor *, first->len);
      if (lk_graph_loop (ctx, cond_graph, (LkTensor **) cond->pdata, holds, body_graph, (LkTensor **) body->pdata,
                         (LkTensor **) next->pdata, (LkTensor **) first->pdata, first->len, outputs))
        take_results (pass, outputs, dx);
      for (guint i = 0; i < first->len; i++)
        lk_tensor_unref (outputs[i]);
    }
  lk_tensor_unref (holds);
  lk_graph_unref (cond_graph);
  lk_graph_unref (body_graph);
}

/* ---- the rule ---- */

/* Widens the node for the gradients of these variables of its body. */
static gboolean
pass_begin (Pass *pass, const gboolean *given)
{
  pass->body = lk_function_ref (pass->node->attrs[0].func);
  pass->n_variables = pass->body->n_outputs;
  pass->n_captures = pass->body->n_all - pass->body->n_outputs;
  pass->needed = g_ptr_array_new ();
  pass->lists = g_array_new (FALSE, FALSE, sizeof (guint));
  pass->backward = lk_backward_new (pass->ctx, pass->body, given, FALSE);
  if (pass->backward == NULL)
    return FALSE;
  find_needed (pass);
  return widen (pass);
}

static void
pass_end (Pass *pass)
{
  if (pass->backward != NULL)
    lk_backward_free (pass->backward);
  g_ptr_array_unref (pass->needed);
  g_array_unref (pass->lists);
  lk_function_unref (pass->body);
}

gboolean
lk_loop_open (LkContext *ctx, LkNode *node)
{
  g_autofree gboolean *given = g_new0 (gboolean, node->n_outputs + 1);
  Pass pass = { ctx, .node = node };
  gboolean ok;
  for (guint i = 0; i < node->n_outputs; i++)
    given[i] = lk_dtype_has_gradient (node->outputs[i]->dtype);
  ok = pass_begin (&pass, given);
  pass_end (&pass);
  return ok;
}

void
lk_loop_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkNode *node = call->n_outputs > 0 ? call->outputs[0]->node : NULL;
  g_autofree gboolean *given = NULL;
  if (node == NULL)
    return;
  Pass pass = { call->ctx, call, node, .dy = dy };
  /* The loop's variables that are inputs; lists that earlier gradients keep begin empty. */
  guint n_given = node->attrs[0].func->n_outputs - (node->attrs[0].func->n_all - call->n_inputs);
  given = g_new0 (gboolean, node->n_outputs + 1);
  for (guint i = 0; i < node->n_outputs; i++)
    given[i] = lk_dtype_is_floating (node->outputs[i]->dtype)
               || (node->outputs[i]->dtype == LK_VARIANT
                   && ((i < call->n_outputs && dy[i] != NULL) || (i < n_given && lk_call_wants_gradient (call, i))));
  if (pass_begin (&pass, given))
    run_backwards (&pass, dx);
  pass_end (&pass);
}
