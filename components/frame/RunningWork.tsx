"use client";
export function RunningWork() {
  return null;
}
