"""One Faust agent a processor; no `if` about the business."""
