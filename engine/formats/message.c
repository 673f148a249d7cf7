/* SPDX-License-Identifier: MIT */
#include "engine/formats/message.h"

#include <glib.h>

#include "engine/formats/savedmodel.pb-c.h"

#define PACKAGE "lockstep."

static GHashTable *known;       /* name without the package → descriptor */

/* Adds it and all that its fields hold. */
static void
add (const ProtobufCMessageDescriptor *descriptor)
{
  const char *name = descriptor->name + strlen (PACKAGE);
  if (!g_hash_table_insert (known, (gpointer) name, (gpointer) descriptor))
    return;
  for (unsigned i = 0; i < descriptor->n_fields; i++)
    if (descriptor->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
      add (descriptor->fields[i].descriptor);
}

const ProtobufCMessageDescriptor *
lk_message_find (const char *name)
{
  static gsize ready;
  if (g_once_init_enter (&ready))
    {
      known = g_hash_table_new (g_str_hash, g_str_equal);
      add (&lockstep__saved_model__descriptor);
      add (&lockstep__trackable_object_graph__descriptor);
      add (&lockstep__bundle_header_proto__descriptor);
      add (&lockstep__bundle_entry_proto__descriptor);
      add (&lockstep__checkpoint_state__descriptor);
      add (&lockstep__variable_def__descriptor);
      g_once_init_leave (&ready, 1);
    }
  return g_hash_table_lookup (known, name);
}
