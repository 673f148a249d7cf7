/* SPDX-License-Identifier: MIT */
/* Which elementwise nodes of a working graph can be one. Private to the optimiser. */
#pragma once
#include "engine/rewrite/rewriting.h"

#define LK_GROUP_MOST 4096      /* nodes */

/* By node: a number that nodes have in common when their first outputs are of the same shape for sure, whatever the dimensions turn
   out to be that are not known. order: of all nodes. (transfer full) */
guint *lk_shape_classes (const LkRewriting *rewriting, const GPtrArray *order);

/* Groups of two or more elementwise nodes of one shape, and reductions of what they give, connected, as large as they can be so that the
   graph stays without cycles when each becomes one node. (transfer full): of GPtrArray of LkNode, in order */
GPtrArray *lk_rewriting_groups (LkRewriting *rewriting);

/* The value is known to have fewer bytes than there are to be for a fused node to be worth it. */
gboolean lk_value_is_small (const LkTensor *value, gint64 least);
/* For tests: whether what is not worth it is fused all the same. */
void lk_fuse_small (gboolean small);

/* Puts one node of op, whose body they are, in the place of nodes, which are in order: that of the last one. Nodes that have bodies
   themselves are taken apart. */
void lk_rewriting_fuse (LkRewriting *rewriting, const char *rule, guint op, LkNode *const *nodes, guint n);
