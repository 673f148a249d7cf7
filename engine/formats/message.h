/* SPDX-License-Identifier: MIT */
/* The protobuf messages that models are made of, by name, for those who go through their fields. */
#pragma once

struct ProtobufCMessageDescriptor;

/* "GraphDef", "AttrValue.ListValue": what the .proto files of this folder call it. (transfer none) (nullable) */
const struct ProtobufCMessageDescriptor *lk_message_find (const char *name);
