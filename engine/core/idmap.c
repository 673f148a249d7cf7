/* SPDX-License-Identifier: MIT */
#include "engine/core/idmap.h"

#define FIRST_SIZE 128

void
lk_id_map_clear (LkIdMap *map)
{
  g_free (map->entries);
  *map = (LkIdMap) { 0 };
}

void
lk_id_map_grow (LkIdMap *map)
{
  LkIdMap old = *map;
  map->size = MAX (old.size * 2, FIRST_SIZE);
  map->entries = g_new0 (LkIdEntry, map->size);
  for (guint i = 0; i < old.size; i++)
    if (old.entries[i].id != 0)
      *lk_id_map_slot (map, old.entries[i].id) = old.entries[i];
  g_free (old.entries);
}
