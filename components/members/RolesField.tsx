"use client";

import { ChoiceCard } from "@/components/ui/ChoiceCard";
import { Notice } from "@/components/ui/Notice";

export interface AssignableRole {
  role: string;
  label: string;
  gives: string;
}

interface RolesFieldProps {
  roles: readonly AssignableRole[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  error?: string;
}

/** The roles that can be given, with what each gives; several add up. */
export function RolesField({ roles, chosen, onChange, error }: RolesFieldProps) {
  function toggle(role: string, on: boolean) {
    onChange(on ? [...chosen, role] : chosen.filter((one) => one !== role));
  }
  return (
    <fieldset className="choices role-choices">
      <legend className="label">Roles</legend>
      {roles.map((one) => (
        <ChoiceCard
          key={one.role}
          type="checkbox"
          title={one.label}
          checked={chosen.includes(one.role)}
          onChange={(event) => toggle(one.role, event.target.checked)}
        >
          {one.gives}
        </ChoiceCard>
      ))}
      {error ? <Notice tone="bad">{error}</Notice> : null}
    </fieldset>
  );
}
